import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeVetting, isVetting, whyNotAdmitted } from './admission.ts';
import type { UpstreamOptions } from './options.ts';
import { vetPackage, type VetStatus, type Vetting } from './vet.ts';
import type { RegistryFacts } from './vet-registry.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const options: UpstreamOptions = { package: 'my-notes@1.0.0', needs: { hosts: ['api.example.com'] } };
const installed = {
  source: 'my-notes@1.0.0',
  integrity: 'code-1',
  program: '/x',
  args: [],
  reads: [],
  facts: { packages: 3, installScripts: [] },
};
const sound: RegistryFacts = {
  publisher: 'ann',
  repository: 'git+https://github.com/example/notes.git',
  provenance: 'https://slsa.dev/provenance/v1',
  published: '2026-01-01T00:00:00Z',
  hasInstallScript: false,
};

async function statuses(
  facts: Partial<Record<keyof RegistryFacts, unknown>> | Error,
  more: { readonly options?: UpstreamOptions; readonly installed?: object; readonly others?: readonly string[] } = {},
): Promise<Readonly<Record<string, string>>> {
  const ask = () =>
    facts instanceof Error ? Promise.reject(facts) : Promise.resolve({ ...sound, ...facts } as RegistryFacts);
  const whole = { ...installed, ...more.installed };
  const { checks } = await vetPackage({ ...options, ...more.options }, whole, more.others ?? [], ask, NOW);
  return Object.fromEntries(checks.map(({ check, status }) => [check, status]));
}

suite('a look at a package', () => {
  for (const [what, given, check, status] of [
    ['a publisher', {}, 'publisher', 'pass'],
    ['nobody who publishes it', { publisher: undefined }, 'publisher', 'unknown'],
    ['an attested repository', {}, 'repository', 'pass'],
    ['a repository that it claims', { provenance: undefined }, 'repository', 'note'],
    ['no repository', { repository: undefined }, 'repository', 'fail'],
    ['no attestation', { provenance: undefined }, 'provenance', 'note'],
    ['no archive to compare with', {}, 'integrity', 'unknown'],
    ['a version of a week', { published: '2026-05-25T12:00:00Z' }, 'age', 'pass'],
    ['a version of six days', { published: '2026-05-25T12:00:01Z' }, 'age', 'fail'],
    ['no day', { published: undefined }, 'age', 'unknown'],
    ['a day that is none', { published: 'long ago' }, 'age', 'unknown'],
    ['a day that lies ahead', { published: '2027-01-01T00:00:00Z' }, 'age', 'fail'],
    ['a deprecation', { deprecated: 'gone' }, 'deprecation', 'fail'],
    ['an install script', { hasInstallScript: true }, 'install-scripts', 'note'],
  ] as const)
    test(`${what}: ${check} is ${status}`, async () => assert.equal((await statuses(given))[check], status));

  test('what lies here is looked at as well', async () => {
    const facts = { packages: 401, installScripts: ['native-thing'] };
    assert.equal((await statuses({}, { installed: { facts } }))['install-scripts'], 'note');
    assert.equal((await statuses({}, { installed: { facts } }))['dependencies'], 'note');
    assert.equal((await statuses({}, { installed: { facts: undefined } }))['dependencies'], 'unknown');
    assert.equal((await statuses({}, { options: { needs: { network: 'unguarded' } } }))['egress'], 'fail');
    assert.equal((await statuses({}, { others: ['my-note'] }))['name'], 'fail');
    assert.equal((await statuses({}, { others: ['my-notes'] }))['name'], 'pass');
  });

  test('where the registry cannot be asked, nothing of it passes', async () => {
    const found = Object.entries(await statuses(new Error('no way')));
    assert.deepEqual(
      found.filter(([, status]) => status === 'unknown').map(([check]) => check),
      ['publisher', 'repository', 'provenance', 'integrity', 'age', 'deprecation'],
    );
  });
});

suite('admission', () => {
  const checks = [
    'publisher',
    'repository',
    'provenance',
    'integrity',
    'age',
    'deprecation',
    'install-scripts',
    'name',
  ];
  const vetting = (status: VetStatus = 'pass', more: Partial<Vetting> = {}): Vetting =>
    ({
      source: 'my-notes@1.0.0',
      integrity: 'code-1',
      at: '2026-05-01T00:00:00.000Z',
      checks: [...checks, 'egress', 'dependencies'].map((check) => ({
        check,
        status: check === 'age' ? status : 'pass',
        what: 'x',
      })),
      ...more,
    }) as Vetting;
  const why = (record: Vetting | undefined, more: Partial<UpstreamOptions> = {}) =>
    whyNotAdmitted('notes', { ...options, ...more }, 'code-1', record, NOW);
  const waiver = { checks: ['age'], reason: 'x', owner: 'ann', until: '2026-06-01' } as const;

  test('what passes, and what has to be read, is admitted', () => {
    assert.equal(why(vetting()), undefined);
    assert.equal(why(vetting('note')), undefined);
    assert.equal(whyNotAdmitted('x', { url: 'https://x.example' }, 'none', undefined, NOW), undefined);
  });

  for (const status of ['fail', 'unknown'] as const)
    test(`what is ${status} is not, until somebody answers for it, to the end of their day`, () => {
      assert.match(why(vetting(status)) ?? '', new RegExp(`^its package is not admitted: age \\(${status}: x\\)`));
      assert.equal(why(vetting(status), { waiver }), undefined);
      assert.match(why(vetting(status), { waiver: { ...waiver, until: '2026-05-31' } }) ?? '', /not admitted/);
      assert.match(why(vetting(status), { waiver: { ...waiver, until: 'never' } }) ?? '', /not admitted/);
      assert.match(why(vetting(status), { waiver: { ...waiver, checks: ['name'] } }) ?? '', /not admitted/);
    });

  test('a record is of this very package, whole, and not old', () => {
    assert.match(why(undefined) ?? '', /^nobody has vetted the package\. Run: portcullis gateway vet notes$/);
    assert.match(why(vetting('pass', { source: 'my-notes@1.0.1' })) ?? '', /^another package was vetted/);
    assert.match(why(vetting('pass', { integrity: 'code-2' })) ?? '', /^another package was vetted/);
    assert.match(why(vetting('pass', { at: '2025-11-01T00:00:00.000Z' })) ?? '', /vetted on 2025-11-01/);
    assert.match(why(vetting('pass', { at: '2099-01-01T00:00:00.000Z' })) ?? '', /vetted on 2099-01-01/);
    assert.match(why(vetting('pass', { at: 'never' })) ?? '', /vetted on never/);
    assert.match(why(vetting('pass', { checks: vetting().checks.slice(1) })) ?? '', /publisher \(unknown/);
  });

  test('what a stranger wrote is shown as it is, on one line', () => {
    const [first] = vetting().checks;
    assert.ok(first);
    const shown = describeVetting(vetting('pass', { checks: [{ ...first, what: 'a\u202eb\nc' }] }));
    assert.equal(shown.length, 2);
    assert.match(shown[1] ?? '', /^ {2}publisher +pass +a\\u\{202e\}b/);
  });

  test('a file has to hold a record', () => {
    assert.equal(isVetting(vetting()), true);
    for (const wrong of [
      undefined,
      {},
      { ...vetting(), at: 1 },
      { ...vetting(), checks: [{ check: 'age', status: 'fine', what: 'x' }] },
    ])
      assert.equal(isVetting(wrong), false);
  });
});
