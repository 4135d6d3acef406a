import type { RecordCase } from './evidence.ts';

const AFTER = '2027-03-01';
const BEFORE = '2026-11-10';
const LONG_AGO = '2025-01-01';
const DIGEST = `sha256:${'a'.repeat(64)}`;
const COMMIT = 'c'.repeat(40);
const CLASSES = [
  'injection',
  'traversal',
  'ssrf',
  'object-access',
  'rug-pull',
  'replay',
  'approval-bypass',
  'exfiltration',
];

/** Records of what is built, reviewed, released and admitted. */
export const RELEASE_CASES: readonly RecordCase[] = [
  {
    kind: 'policy-bundle',
    good: {
      version: '7',
      engine: 'cedar',
      environments: [{ name: 'production', digest: DIGEST }],
      digest: DIGEST,
    },
    wrong: [['environments.0.digest', 'sha256:b', /in force in production is not the policy that was approved/]],
  },
  {
    kind: 'policy-tests',
    good: { digest: DIGEST, tools: [{ name: 'read', allowed: 2, denied: 3, failed: 0 }] },
    wrong: [
      ['tools.0.failed', 1, /1 cases of read failed/],
      ['tools.0.allowed', 0, /nothing tests that read is allowed/],
      ['tools.0.denied', 0, /nothing tests that read is denied/],
    ],
  },
  {
    kind: 'tool-review',
    good: {
      release: '1.2.3',
      commit: COMMIT,
      author: 'bob',
      reviews: [
        { reviewer: 'ann', role: 'security', commit: COMMIT, day: BEFORE },
        { reviewer: 'eve', role: 'domain', commit: COMMIT, day: BEFORE },
      ],
      scans: ['static', 'dynamic', 'dependencies'].map((type) => ({ type, tool: 'scanner', open: 0 })),
    },
    wrong: [
      ['reviews.0.commit', 'd'.repeat(40), /ann looked at another commit/],
      ['reviews.1.reviewer', 'ann', /one person alone/],
      ['reviews.1.role', 'code', /nobody but the author agreed for domain/],
      ['scans.0.open', 2, /scanner left 2 findings open/],
      ['scans.1.type', 'static', /no dynamic test is named/],
    ],
  },
  {
    kind: 'behaviour-test',
    good: { tools: [{ name: 'read', version: '1.2.3', calls: 20, undeclared: [] }] },
    wrong: [
      ['tools.0.undeclared', ['evil.example'], /touched what it does not declare: evil.example/],
      ['tools.0.calls', 0, /read was never called/],
    ],
  },
  {
    kind: 'scan-suppressions',
    good: {
      rules: '3',
      scanned: 40,
      exceptions: [{ finding: 'hidden-text in read', reason: 'an emoji', owner: 'ann', expires: AFTER }],
    },
    wrong: [
      ['scanned', 0, /nothing was scanned/],
      ['exceptions.0.expires', BEFORE, /has ended/],
      ['exceptions.0.expires', '2028-01-01', /more than a year/],
    ],
  },
  {
    kind: 'database-grants',
    good: {
      accounts: [
        {
          database: 'notes',
          account: 'server',
          attributes: [],
          grants: [{ object: 'notes', privileges: ['SELECT', 'INSERT'] }],
        },
      ],
    },
    wrong: [
      ['accounts.0.attributes', ['SUPERUSER'], /server of notes has SUPERUSER/],
      ['accounts.0.grants.0.privileges', ['ALL PRIVILEGES'], /may ALL PRIVILEGES on notes/],
      ['accounts.0.grants.0.privileges', ['*'], /may \* on notes/],
      ['accounts.0.grants.0.object', '*.*', /rights on everything/],
    ],
  },
  {
    kind: 'image-scan',
    good: {
      image: `notes@${DIGEST}`,
      running: DIGEST,
      tool: 'scanner 1.0',
      dataDate: '2026-11-01',
      critical: 0,
      high: 0,
      hasShell: false,
      layers: [{ digest: DIGEST, madeBy: 'COPY' }],
      signals: ['falco'],
    },
    wrong: [
      ['running', 'sha256:b', /what runs is not the image/],
      ['dataDate', '2026-10-01', /more than 7 days old/],
      ['critical', 1, /1 critical findings/],
      ['high', 3, /3 high findings/],
      ['hasShell', true, /a shell or build tools/],
      ['signals', [], /nothing collects/],
    ],
  },
  {
    kind: 'release-rollout',
    good: {
      release: '1.2.3',
      digest: DIGEST,
      stages: [
        { name: '5 percent', hours: 24 },
        { name: 'all', hours: 72 },
      ],
      rollbackTried: BEFORE,
      rollbackWorked: true,
      vulnerabilities: [{ id: 'CVE-2026-1', severity: 'high', due: AFTER, mended: 'no' }],
      retired: [{ name: '1.0.0', code: true, routes: true, credentials: true, grants: true }],
    },
    wrong: [
      ['stages', [{ name: 'all', hours: 1 }], /everywhere at once/],
      ['rollbackWorked', false, /the way back did not work/],
      ['rollbackTried', LONG_AGO, /was not tried for half a year/],
      ['vulnerabilities.0.due', BEFORE, /CVE-2026-1 is open beyond its day/],
      ['retired.0.credentials', false, /its credentials are still there/],
    ],
  },
  {
    kind: 'dependency-provenance',
    good: {
      tool: 'npm 11',
      lockfile: 'a'.repeat(64),
      install: 'frozen',
      verified: 120,
      attested: 40,
      bad: [],
      missing: [],
      scripts: [],
    },
    wrong: [
      ['bad', ['left-pad@1.0.0'], /the signature of left-pad@1.0.0 is wrong/],
      ['missing', ['left-pad@1.0.0'], /left-pad@1.0.0 has no signature/],
      ['install', 'not frozen', /not installed from the lockfile alone/],
      ['verified', 0, /nothing was verified/],
    ],
  },
  {
    kind: 'bill-of-materials',
    good: {
      artifact: DIGEST,
      commit: COMMIT,
      provenance: 'slsa.json',
      ai: [{ type: 'tool', name: 'read', version: '1' }],
    },
    wrong: [
      ['artifact', 'notes.tgz', /not named by its digest/],
      ['provenance', 'none', /nothing attests/],
    ],
  },
  {
    kind: 'release-verdict',
    good: { release: '1.2.3', running: 'a'.repeat(64), gate: 'ci/release' },
    wrong: [['running', 'notes', /not named by its digest/]],
  },
  {
    kind: 'vendor-vetting',
    good: {
      vendors: [
        {
          name: 'some-server@1.2.3',
          publisher: 'acme, by its domain',
          source: 'closed',
          lastRelease: BEFORE,
          scorecard: 0,
          installScripts: true,
          egress: ['api.example.com'],
          checked: BEFORE,
          decision: 'admit sandboxed',
          decidedBy: 'ann',
          inUse: true,
        },
      ],
    },
    wrong: [
      ['vendors.0.decision', 'refuse', /was refused, and is in use/],
      ['vendors.0.decision', 'admit', /admitted without a sandbox/],
      ['vendors.0.checked', LONG_AGO, /for more than a year/],
    ],
  },
  {
    kind: 'adversarial-suite',
    good: {
      suite: 'portcullis prove 0.1.0',
      target: '1.2.3',
      released: '1.2.3',
      classes: CLASSES.map((name) => ({ name, attacks: 10, failed: 10, note: 'x' })),
      waivers: [],
      after: ['code', 'model'],
    },
    wrong: [
      ['released', '1.3.0', /1.3.0 is released, and 1.2.3 was attacked/],
      ['classes.0.failed', 9, /1 attacks succeed, and 0 are borne/],
      ['classes.7.name', 'other', /no attack of the class exfiltration/],
      ['waivers', [{ attack: 'x', reason: 'y', owner: 'ann', expires: BEFORE }], /the waiver for x has ended/],
      ['after', [], /it runs after no change/],
    ],
  },
  {
    kind: 'penetration-test',
    good: {
      tester: 'acme security',
      target: '1.2.3',
      hours: 40,
      findings: [{ id: 'F1', severity: 'high', due: AFTER, state: 'open' }],
    },
    wrong: [
      ['tester', 'ann@example.com', /who tested also answers/],
      ['findings.0.due', BEFORE, /F1 is open beyond its day/],
    ],
  },
  {
    kind: 'threat-model',
    good: {
      version: '1.2.3',
      boundaries: ['client to server'],
      tools: 4,
      threats: [{ what: 'a page tells the model to send mail', stoppedBy: ['approval'], testedBy: ['mail.test'] }],
    },
    wrong: [
      ['boundaries', [], /no boundary of trust/],
      ['threats.0.stoppedBy', [], /nothing stops this/],
      ['threats.0.testedBy', [], /no test shows/],
    ],
  },
  {
    kind: 'server-inventory',
    good: {
      servers: [
        {
          name: 'notes',
          owner: 'ann',
          purpose: 'notes',
          version: '1.2.3',
          endpoints: ['https://mcp.example.com/mcp'],
          dataClass: 'internal',
          tier: '2',
          environments: ['production'],
          approvedBy: 'eve',
          review: AFTER,
          state: 'in use',
        },
      ],
    },
    wrong: [
      ['servers.0.review', BEFORE, /the review of notes is overdue/],
      ['servers.0.approvedBy', 'ann', /approved a server of their own/],
      ['servers.0.version', 'latest', /no fixed version/],
    ],
  },
];
