import assert from 'node:assert/strict';
import { after, suite, test } from 'node:test';
import { closeSharedIssuer } from '../../src/prove/target.ts';
import { fateOf, startFlows, use, type FlowTool } from '../support/flow-target.ts';

after(closeSharedIssuer);

interface Workflow {
  readonly tools: readonly FlowTool[];
  /** What is called in turn, with its text. */
  readonly steps: readonly (readonly [name: string, text: string])[];
}

const given = (text: string) => (): string => text;

const ISSUE =
  'Crash when the import has no header row. Steps: open the sheet, press import, wait. Version 4.2.1 on Debian 12.';
const CUSTOMER =
  'Jane Doe, jane.doe@customer.example, account 4471-0098-2231, premium since 2019-04-01, open balance 120.50 EUR.';
const PAGE =
  'Node 24 strips types from TypeScript files. Enums need a flag. See the release notes for what else is new.';

/** What servers of ordinary work do, with every flow declared as their guides ask. */
const WORKFLOWS: ReadonlyMap<string, Workflow> = new Map<string, Workflow>([
  [
    'research: search, read pages, keep notes',
    {
      tools: [
        { name: 'web_search', flow: { gives: ['untrusted'], sends: ['outside'] }, gives: given(PAGE) },
        { name: 'web_fetch', flow: { gives: ['untrusted'], sends: ['outside'] }, gives: given(PAGE) },
        { name: 'save_summary', effect: 'write', flow: { sends: ['persistent'] } },
      ],
      steps: [
        ['web_search', 'node 24 type stripping'],
        ['web_fetch', 'https://nodejs.example/releases/24'],
        ['web_search', 'typescript enums erasable syntax'],
        ['web_fetch', 'https://blog.example/enums'],
        ['save_summary', 'Node 24 strips types from TypeScript files; enums need a flag.'],
      ],
    },
  ],
  [
    'support: read the customer and the ticket, answer inside, set the status',
    {
      tools: [
        { name: 'get_customer', flow: { gives: ['private'] }, gives: given(CUSTOMER) },
        { name: 'get_ticket', flow: { gives: ['private', 'untrusted'] }, gives: given(ISSUE) },
        { name: 'add_internal_note', effect: 'write', flow: { sends: ['persistent'] } },
        { name: 'set_status', effect: 'write' },
      ],
      steps: [
        ['get_ticket', 'T-1024'],
        ['get_customer', 'C-77'],
        [
          'add_internal_note',
          'Customer is premium; crash on import without header row, version 4.2.1. Passed to development.',
        ],
        ['set_status', 'waiting'],
        ['get_ticket', 'T-1025'],
      ],
    },
  ],
  [
    'calendar: read the days, move a meeting',
    {
      tools: [
        {
          name: 'list_events',
          flow: { gives: ['private'] },
          gives: given('2026-08-03T10:00 dentist; 2026-08-03T14:00 board'),
        },
        { name: 'move_event', effect: 'write', flow: { sends: ['persistent'] } },
      ],
      steps: [
        ['list_events', '2026-08-03'],
        ['move_event', 'dentist to 2026-08-03T09:00'],
        ['list_events', '2026-08-04'],
      ],
    },
  ],
  [
    'code: read files, change one, run the tests',
    {
      tools: [
        {
          name: 'read_file',
          flow: { gives: ['private'] },
          gives: given('export const limit = 100; // requests a minute'),
        },
        { name: 'write_file', effect: 'write', flow: { sends: ['persistent'] } },
        { name: 'run_tests', effect: 'write', gives: given('41 passed') },
      ],
      steps: [
        ['read_file', 'src/limits.ts'],
        ['write_file', 'export const limit = 120; // requests a minute'],
        ['run_tests', ''],
        ['read_file', 'src/rate.ts'],
        ['write_file', 'export const rate = 2;'],
      ],
    },
  ],
  [
    'data: query tables, keep a report',
    {
      tools: [
        { name: 'query', flow: { gives: ['private'] }, gives: given('region,sum\nnorth,12004\nsouth,9981\neast,7711') },
        { name: 'save_report', effect: 'write', flow: { sends: ['persistent'] } },
      ],
      steps: [
        ['query', 'select region, sum(amount) from orders group by region'],
        ['query', 'select count(*) from orders'],
        ['save_report', 'North leads with 12004, then south with 9981 and east with 7711.'],
      ],
    },
  ],
  [
    'an own service over HTTP that belongs to the organisation',
    {
      tools: [
        { name: 'crm_find', flow: { gives: ['private'], sends: [] }, gives: given(CUSTOMER) },
        { name: 'crm_update', effect: 'write', flow: { sends: [] } },
      ],
      steps: [
        ['crm_find', 'Jane Doe'],
        ['crm_update', 'Jane Doe, jane.doe@customer.example: contract renewed'],
        ['crm_find', 'John Roe'],
      ],
    },
  ],
  [
    'announcements: write, then send, before anything is read',
    {
      tools: [
        { name: 'draft', effect: 'write', flow: { sends: ['persistent'] } },
        { name: 'post_announcement', effect: 'write', flow: { sends: ['outside'] }, gives: given('posted') },
        { name: 'read_statistics', flow: { gives: ['private'] }, gives: given('412 readers') },
      ],
      steps: [
        ['draft', 'Release 4.3 is out.'],
        ['post_announcement', 'Release 4.3 is out.'],
        ['post_announcement', 'Thanks to everyone who helped.'],
        ['read_statistics', ''],
      ],
    },
  ],
  [
    'weather and currency: look-ups that nobody else writes',
    {
      tools: [
        { name: 'forecast', flow: { sends: ['outside'] }, gives: given('sunny, 24 degrees') },
        { name: 'convert', flow: { sends: ['outside'] }, gives: given('1.0845') },
      ],
      steps: [
        ['forecast', 'Lisbon'],
        ['convert', 'EUR USD'],
        ['forecast', 'Porto'],
      ],
    },
  ],
  [
    'issues: read what users report, label and close',
    {
      tools: [
        { name: 'list_issues', flow: { gives: ['untrusted'] }, gives: given(ISSUE) },
        { name: 'read_issue', flow: { gives: ['untrusted'] }, gives: given(ISSUE) },
        { name: 'set_labels', effect: 'write' },
        { name: 'close_issue', effect: 'write' },
      ],
      steps: [
        ['list_issues', 'open'],
        ['read_issue', '17'],
        ['set_labels', 'bug, import'],
        ['read_issue', '18'],
        ['close_issue', '18'],
      ],
    },
  ],
  [
    'personal notes: read, quote, keep',
    {
      tools: [
        {
          name: 'find_notes',
          flow: { gives: ['private'] },
          gives: given('Tea: 3 minutes at 80 degrees. Bread: 40 minutes at 230 degrees.'),
        },
        { name: 'keep_note_too', effect: 'write', flow: { sends: ['persistent'] } },
        { name: 'delete_draft', effect: 'write' },
      ],
      steps: [
        ['find_notes', 'tea'],
        ['keep_note_too', 'Tea: 3 minutes at 80 degrees; better with less water.'],
        ['delete_draft', '9'],
        ['find_notes', 'bread'],
        ['keep_note_too', 'Bread needs 40 minutes at 230 degrees'],
      ],
    },
  ],
]);

suite('ordinary work is not asked about', () => {
  for (const [name, { tools, steps }] of WORKFLOWS) {
    test(name, async (t) => {
      const { connection, ran, stop } = await startFlows({ tools });
      t.after(stop);
      for (const [tool, text] of steps)
        assert.equal(fateOf(await use(connection, tool, text)), 'done', `${tool} ${text}`);
      assert.deepEqual(
        ran.map(([tool]) => tool),
        steps.map(([tool]) => tool),
      );
    });
  }
});

test('the same work is asked about once it would take what it has read outside', async (t) => {
  const research = WORKFLOWS.get('research: search, read pages, keep notes');
  const tools: readonly FlowTool[] = [
    ...(research?.tools ?? []),
    { name: 'get_customer', flow: { gives: ['private'] }, gives: given(CUSTOMER) },
  ];
  const { connection, ran, stop } = await startFlows({ tools });
  t.after(stop);
  await use(connection, 'get_customer', 'C-77');
  assert.equal(fateOf(await use(connection, 'web_search', 'jane doe premium')), 'asked');
  assert.equal(ran.length, 1);
});
