import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { event, open, temporary } from '../../test/record/fixture.ts';
import type { AuditEvent } from './event.ts';
import { EVENT_NAMES, exportJsonLines, toOcsf } from './names.ts';
import { parseRecord, type AuditRecord } from './parse-record.ts';
import { formatRecord, readLog } from './read.ts';
import { FIELDS, KINDS } from './serialise.ts';

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

async function requests(records: AsyncIterable<AuditRecord>): Promise<string[]> {
  return (await all(records)).map(({ request }) => request);
}

test('records are read in order across segments, from an index, through a filter', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory, { segmentBytes: 1024 });
  for (let at = 0; at < 30; at++) await log.append(event(at, at % 10 === 0 ? { kind: 'denied' } : {}));
  assert.equal((await requests(readLog(directory))).length, 30);
  assert.deepEqual(await requests(readLog(directory, { from: 27 })), ['request-27', 'request-28', 'request-29']);
  assert.deepEqual(await requests(readLog(directory, { filter: ({ kind }) => kind === 'denied' })), [
    'request-0',
    'request-10',
    'request-20',
  ]);
  assert.deepEqual(await requests(readLog(directory, { from: 99 })), []);
});

test('following gives what comes later, into new segments, until it is stopped', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory, { segmentBytes: 1024 });
  await log.append(event(0));
  const stop = new AbortController();
  const found: string[] = [];
  for await (const record of readLog(directory, { follow: true, signal: stop.signal })) {
    found.push(record.request);
    if (found.length === 20) stop.abort();
    else await log.append(event(found.length));
  }
  assert.deepEqual(
    found,
    Array.from({ length: 20 }, (_, at) => `request-${at}`),
  );
});

test('a line that is not a record is named; one that is not complete is not read', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory);
  await log.append(event(0));
  await log.close();
  const path = join(directory, 'segment-000000000000.jsonl');
  appendFileSync(path, '{"index":1,');
  assert.deepEqual(await requests(readLog(directory)), ['request-0']);
  appendFileSync(path, '\n');
  await assert.rejects(requests(readLog(directory)), /segment-000000000000\.jsonl line 2 is not a record/);
});

const FULL: Required<AuditEvent> = {
  time: 1_700_000_000_123,
  kind: 'denied',
  request: 'AAAAAAAAAAAAAAAAAAAAAA',
  host: 'gateway',
  transport: 'http',
  era: 'modern',
  method: 'tools/call',
  target: 'search_notes',
  principal: 'p'.repeat(43),
  client: 'agent-1',
  tenant: 'acme',
  args: 'a'.repeat(43),
  values: '{"ticket":"7"}',
  definition: 'd'.repeat(43),
  decision: 'RATE_LIMITED',
  control: 'rate-limit',
  detail: 'too many',
  original: 'o'.repeat(43),
  result: 'r'.repeat(43),
  bytes: 12,
  ms: 1.5,
  trace: '0af7651916cd43dd8448eb211c80319c',
  scopes: ['notes:read', 'notes:write'],
  before: 'off',
  after: 'on',
};

test('every field of an event is written and read back', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory);
  await log.append(FULL);
  const [record] = await all(readLog(directory));
  assert.deepEqual(record, { index: 0, prev: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU', ...FULL });
  assert.deepEqual(Object.keys(FIELDS).sort(), Object.keys(FULL).sort());
  assert.deepEqual(log.dropped, { fields: 0, events: 0 });
});

const RECORD: AuditRecord = { index: 41, prev: 'x'.repeat(43), ...FULL };

test('a record is one aligned line for a person', () => {
  assert.equal(
    formatRecord({
      index: 41,
      prev: '',
      time: FULL.time,
      kind: 'denied',
      request: 'r1',
      method: 'tools/call',
      decision: 'FORBIDDEN',
      detail: 'no such scope',
    }),
    '2023-11-14T22:13:20.123Z       #41 denied      FORBIDDEN          tools/call       -                    request=r1 detail="no such scope"',
  );
});

test('nothing in a record reaches the terminal as a control or a character of another script', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b]0;x\u0007', '\u202e', '\u009b2J', '\r\n', '\u2028'),
  );
  fc.assert(
    fc.property(text, text, text, (detail, target, method) => {
      assert.match(formatRecord({ ...RECORD, detail, target, method, decision: detail, scopes: [target] }), /^[ -~]+$/);
    }),
  );
});

test('no line but a record parses, and parsing never throws', () => {
  const record = JSON.stringify(RECORD);
  assert.deepEqual(parseRecord(record), RECORD);
  for (const wrong of [
    '',
    '[]',
    'null',
    '{}',
    record.slice(1),
    record.replace('"denied"', '"nonsense"'),
    record.replace('"ms":1.5', '"ms":"1.5"'),
    record.replace('"tenant"', '"__proto__"'),
    record.replace('"index":41', '"index":1.5'),
  ]) {
    assert.equal(parseRecord(wrong), undefined, wrong);
  }
  fc.assert(fc.property(fc.string(), (noise) => parseRecord(noise) === undefined));
});

test('every kind of event has its names', () => {
  assert.deepEqual(Object.keys(EVENT_NAMES).sort(), [...KINDS].sort());
  for (const { classUid, categoryUid, mcp } of Object.values(EVENT_NAMES)) {
    assert.equal(categoryUid, Number(String(classUid).slice(0, 1)));
    assert.match(mcp, /^mcp\.[a-z.]+$/);
  }
});

test('a record as an OCSF event', () => {
  assert.deepEqual(toOcsf(RECORD), {
    time: 1_700_000_000_123,
    class_uid: 6003,
    class_name: 'API Activity',
    category_uid: 6,
    activity_id: 99,
    activity_name: 'Deny',
    type_uid: 600_399,
    severity_id: 3,
    status_id: 2,
    status_code: 'RATE_LIMITED',
    status_detail: 'too many',
    metadata: {
      version: '1.4.0',
      product: { name: 'Portcullis', vendor_name: 'Portcullis' },
      event_code: 'mcp.request.denied',
      uid: '41',
      sequence: 41,
      correlation_uid: 'AAAAAAAAAAAAAAAAAAAAAA',
      trace_uid: '0af7651916cd43dd8448eb211c80319c',
      tenant_uid: 'acme',
    },
    actor: { user: { uid: 'p'.repeat(43) }, app_uid: 'agent-1' },
    api: { operation: 'tools/call', request: { uid: 'AAAAAAAAAAAAAAAAAAAAAA' }, service: { name: 'search_notes' } },
    unmapped: {
      prev: 'x'.repeat(43),
      host: 'gateway',
      transport: 'http',
      era: 'modern',
      args: 'a'.repeat(43),
      values: '{"ticket":"7"}',
      definition: 'd'.repeat(43),
      decision: 'RATE_LIMITED',
      control: 'rate-limit',
      original: 'o'.repeat(43),
      result: 'r'.repeat(43),
      bytes: 12,
      ms: 1.5,
      scopes: ['notes:read', 'notes:write'],
      before: 'off',
      after: 'on',
    },
  });
});

test('exported lines are JSON in printable ASCII', async () => {
  const record = { ...RECORD, detail: 'caf\u00e9 \u{1f512}\u007f' };
  for (const form of ['record', 'ocsf'] as const) {
    const [line = ''] = await all(exportJsonLines([record], form));
    assert.match(line, /^[ -~]+\n$/);
    const { detail, status_detail: status, name } = Object(JSON.parse(line));
    assert.equal(detail ?? status, 'caf\u00e9 \u{1f512}\u007f');
    if (form === 'record') assert.equal(name, 'mcp.request.denied');
  }
});
