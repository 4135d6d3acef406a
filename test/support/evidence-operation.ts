import type { RecordCase } from './evidence.ts';

const AFTER = '2027-03-01';
const BEFORE = '2026-11-10';
const LONG_AGO = '2026-01-01';
const SCENARIOS = ['poisoned-tool', 'leaked-token', 'rug-pull', 'shadow-server', 'data-leak'];
const PATTERNS = [
  'validation-failures',
  'call-frequency',
  'unusual-target',
  'failure-then-success',
  'token-reuse',
  'drift',
  'header-mismatch',
  'taint-egress',
  'silence',
];

const evaluation = (kind: string): RecordCase => ({
  kind,
  good: {
    inUse: 'model-2',
    evaluations: [
      { version: 'model-1', set: 'cases-1', attacks: 100, missed: 40, harmless: 100, stopped: 9, mostMissed: 5 },
      { version: 'model-2', set: 'cases-1', attacks: 100, missed: 3, harmless: 100, stopped: 1, mostMissed: 5 },
    ],
  },
  wrong: [
    ['inUse', 'model-3', /model-3 is in use, and was not tried/],
    ['evaluations.1.missed', 9, /lets 9 of 100 attacks through/],
    ['evaluations.1.harmless', 0, /both attacks and harmless cases/],
  ],
});

/** Records of who may do what, and of what runs. */
export const OPERATION_CASES: readonly RecordCase[] = [
  {
    kind: 'identity-provider-policy',
    good: {
      provider: 'https://id.example.com',
      clients: [
        { id: 'desk', accessTokenSeconds: 900, refreshTokens: true, refreshRotation: true },
        { id: 'job', accessTokenSeconds: 300, refreshTokens: false },
      ],
    },
    wrong: [
      ['clients.0.accessTokenSeconds', 901, /live 901 seconds/],
      ['clients.0.refreshRotation', false, /refresh tokens of desk do not rotate/],
    ],
  },
  {
    kind: 'delegated-token-sample',
    good: {
      ownAudience: 'https://mcp.example.com/mcp',
      samples: [{ upstream: 'crm', aud: 'https://crm.example.com', sub: 'u1', act: 'mcp', scopes: ['crm:read'] }],
    },
    wrong: [
      ['samples.0.aud', 'https://mcp.example.com/mcp', /passed on/],
      ['samples.0.act', null, /does not say who acts/],
      ['samples.0.scopes', ['*'], /may do everything/],
    ],
  },
  {
    kind: 'identity-inventory',
    good: {
      identities: [
        {
          id: 'job-1',
          owner: 'ann',
          usedBy: ['report job'],
          scopes: ['notes:read'],
          expires: AFTER,
          reviewed: BEFORE,
          enabled: true,
        },
      ],
    },
    wrong: [
      ['identities.0.usedBy', ['a', 'b'], /shared by 2/],
      ['identities.0.scopes', ['notes:*'], /may do everything/],
      ['identities.0.expires', BEFORE, /has ended and can still be used/],
      ['identities.0.reviewed', LONG_AGO, /nobody has reviewed job-1/],
    ],
  },
  {
    kind: 'access-review',
    good: {
      grants: [
        {
          id: 'g1',
          holder: 'bob',
          scope: 'notes:write',
          reason: 'T-1',
          expires: AFTER,
          usesInWindow: 3,
          decision: 'keep',
          decidedBy: 'ann',
        },
        {
          id: 'g2',
          holder: 'bob',
          scope: 'notes:admin',
          reason: 'T-2',
          expires: BEFORE,
          usesInWindow: 0,
          decision: 'revoke',
          decidedBy: 'ann',
        },
      ],
    },
    wrong: [
      ['grants.0.usesInWindow', 0, /was kept, and nobody has used it/],
      ['grants.0.expires', BEFORE, /has ended and was kept/],
      ['grants.0.decidedBy', 'bob', /decided on a grant of their own/],
      ['grants.0.expires', '2028-01-01', /more than a year/],
    ],
  },
  {
    kind: 'cleanup-measure',
    good: {
      server: '1.2.3',
      targetMs: 500,
      ways: ['end', 'cancel', 'disconnect', 'timeout', 'error'].map((way) => ({
        way,
        calls: 100,
        p99Ms: 20,
        leaked: 0,
      })),
    },
    wrong: [
      ['ways.1.leaked', 2, /2 things are left after cancel/],
      ['ways.2.p99Ms', 900, /cleaning up after disconnect takes 900 ms/],
      ['ways.3.calls', 0, /no call ended by timeout/],
      ['ways.4.way', 'end', /error was not measured/],
    ],
  },
  {
    kind: 'kill-switch-drill',
    good: {
      environment: 'production',
      switches: [{ what: 'tool', seconds: 1.5, targetSeconds: 5, inFlightEnded: true }],
    },
    wrong: [
      ['switches.0.seconds', 60, /took 60 s/],
      ['switches.0.inFlightEnded', false, /went on/],
    ],
  },
  {
    kind: 'leak-filter-review',
    good: {
      detectors: [
        {
          name: 'cards',
          blocked: 40,
          reviewed: 20,
          falsePositives: 1,
          passedReviewed: 50,
          missed: 0,
        },
      ],
    },
    wrong: [
      ['detectors.0.missed', 2, /let 2 leaks through/],
      ['detectors.0.falsePositives', 30, /contradict each other/],
    ],
  },
  evaluation('judge-evaluation'),
  evaluation('detector-evaluation'),
  {
    kind: 'vault-policy',
    good: {
      vault: 'vault',
      auditLog: true,
      policies: [{ identity: 'notes', paths: ['kv/data/notes/*'], capabilities: ['read'] }],
    },
    wrong: [
      ['auditLog', false, /does not record who reads what/],
      ['policies.0.paths', ['*'], /may reach every secret/],
      ['policies.0.paths', ['secret/data/*'], /may reach every secret/],
      ['policies.0.capabilities', ['read', 'sudo'], /may sudo secrets/],
    ],
  },
  {
    kind: 'key-inventory',
    good: {
      keys: [
        {
          id: 'k-2026-q4-Zx81',
          purpose: 'signing',
          algorithm: 'Ed25519',
          owner: 'ann',
          created: BEFORE,
          maxAgeDays: 92,
          rotatedBy: 'rotate job',
        },
      ],
    },
    wrong: [
      ['keys.0.created', LONG_AGO, /325 days old; 92 are the most/],
      ['keys.0.created', '2026-12-24', /made in the future/],
      ['keys.0.maxAgeDays', 4000, /older than three years/],
      ['keys.0.algorithm', 'RSA-1024', /too weak/],
    ],
  },
  {
    kind: 'leak-drill',
    good: {
      secrets: [{ id: 'crm key', minutes: 4, targetMinutes: 15, oldRefused: true, withoutRestart: true }],
    },
    wrong: [
      ['secrets.0.minutes', 90, /took 90 minutes/],
      ['secrets.0.oldRefused', false, /was not seen to be refused/],
      ['secrets.0.withoutRestart', false, /had to be restarted/],
    ],
  },
  {
    kind: 'secret-fingerprints',
    good: {
      salt: 'salt-1',
      places: [
        { environment: 'production', server: 'notes', fingerprints: ['f1', 'f2'] },
        { environment: 'test', server: 'notes', fingerprints: ['f3'] },
      ],
    },
    wrong: [['places.1.fingerprints', ['f3', 'f2'], /notes in test and notes in production share a secret/]],
  },
  {
    kind: 'log-secret-scan',
    good: {
      tool: 'scanner 1.0',
      sinks: [{ name: 'service log', from: '2026-08-01', to: '2026-11-01', lines: 1_000_000, found: 0 }],
    },
    wrong: [
      ['sinks.0.found', 1, /1 secrets stand in service log/],
      ['sinks.0.lines', 0, /nothing of service log was searched/],
      ['sinks.0.to', '2026-07-01', /ends before it begins/],
    ],
  },
  {
    kind: 'certificate-inventory',
    good: { certificates: [{ name: 'CN=db', link: 'server to db', owner: 'ann', expires: AFTER }] },
    wrong: [
      ['certificates.0.expires', '2026-11-25', /CN=db ends on 2026-11-25/],
      ['certificates.0.expires', BEFORE, /CN=db ended on 2026-11-10/],
    ],
  },
  {
    kind: 'incident-plan',
    good: {
      contact: 'security@example.com',
      onCall: 'rota',
      scenarios: SCENARIOS.map((name) => ({
        name,
        contain: 'kill switch',
        revoke: 'portcullis revoke',
        purge: 'caches',
        preserve: 'audit log',
        notify: ['owner'],
      })),
      drills: [
        { day: BEFORE, scenario: 'rug-pull', minutesToContain: 9, targetMinutes: 30, lessons: 'none', mended: true },
      ],
    },
    wrong: [
      ['scenarios.4.name', 'rug-pull', /there is no plan for data-leak/],
      ['drills.0.day', LONG_AGO, /nobody has rehearsed it for half a year/],
    ],
  },
  {
    kind: 'log-sample',
    good: {
      source: 'siem',
      from: '2026-10-01',
      to: '2026-11-01',
      calls: 200,
      events: [{ event: 'call', count: 200, example: 'r1' }],
      fields: ['request', 'principal', 'target', 'args', 'definition', 'decision'].map((field) => ({
        field,
        present: 200,
      })),
    },
    wrong: [
      ['calls', 250, /250 calls were answered, and 200 are recorded/],
      ['fields.1.present', 100, /principal is in 100 of 200 calls/],
      ['fields.2.field', 'request', /recorded without target/],
    ],
  },
  {
    kind: 'log-retention',
    good: {
      stores: [
        {
          name: 'bucket',
          retentionDays: 400,
          requiredDays: 365,
          objectLock: 'compliance',
          writerMayDelete: false,
          readers: ['auditors'],
          readsRecorded: true,
          deletionNeeds: 2,
        },
      ],
    },
    wrong: [
      ['stores.0.retentionDays', 30, /keeps logs for 30 days/],
      ['stores.0.objectLock', 'none', /can be changed/],
      ['stores.0.writerMayDelete', true, /can delete from it/],
      ['stores.0.readers', ['everyone'], /everyone may read/],
      ['stores.0.readsRecorded', false, /nobody knows who reads/],
      ['stores.0.deletionNeeds', 1, /one person alone/],
    ],
  },
  {
    kind: 'backup-test',
    good: {
      backups: [{ what: 'audit log', restored: true, verified: true, minutes: 12, targetMinutes: 60 }],
    },
    wrong: [
      ['backups.0.restored', false, /did not come back whole/],
      ['backups.0.verified', false, /was not verified/],
      ['backups.0.minutes', 90, /took 90 minutes/],
    ],
  },
  {
    kind: 'consent-records',
    good: {
      consents: [
        { id: 'c1', client: 'desk', asked: ['read', 'write'], granted: ['read'], given: LONG_AGO, expires: AFTER },
      ],
    },
    wrong: [
      ['consents.0.granted', ['read', 'admin'], /admin was not shown/],
      ['consents.0.expires', BEFORE, /has ended/],
    ],
  },
  {
    kind: 'alert-tests',
    good: {
      backend: 'siem',
      heartbeatMinutes: 10,
      rules: PATTERNS.map((pattern) => ({ pattern, tried: BEFORE, fired: true, alertId: 'a1', seenBy: 'ann' })),
      baselines: [{ what: 'notes', made: BEFORE, reviewedBy: 'ann' }],
      exporters: ['OTLP'],
    },
    wrong: [
      ['rules.0.fired', false, /the alert for validation-failures did not come/],
      ['rules.1.tried', LONG_AGO, /nobody tried the alert for call-frequency/],
      ['rules.2.seenBy', 'nobody', /nobody answered the alert for unusual-target/],
      ['rules.8.pattern', 'other', /there is no rule for silence/],
      ['baselines.0.made', LONG_AGO, /older than half a year/],
      ['heartbeatMinutes', 0, /fall silent/],
      ['exporters', [], /logs go nowhere/],
    ],
  },
  {
    kind: 'periodic-review',
    good: {
      from: '2026-08-01',
      due: '2027-02-01',
      subjects: ['scopes', 'grants', 'identities', 'approvals', 'waivers', 'pins'].map((what) => ({
        what,
        looked: 4,
        unused: 1,
        grown: 0,
        undecided: 0,
      })),
      checklist: true,
      attester: 'ann',
    },
    wrong: [
      ['due', BEFORE, /overdue/],
      ['subjects.0.undecided', 2, /nobody decided on 2 of the scopes/],
      ['subjects.5.what', 'checklist', /pins were not looked at/],
      ['checklist', false, /checklist before production/],
    ],
  },
  {
    kind: 'discovery-report',
    good: {
      register: 'inventory.yaml',
      searched: [{ where: 'clients', what: ['~/.cursor/mcp.json'], looked: 1 }],
      servers: [{ id: 's1', where: 'mcp.json:1', what: 'npm notes@1.0.0', state: 'registered', change: 'known' }],
      gone: [],
      unread: [],
    },
    wrong: [
      ['servers.0.state', 'unknown', /nobody has registered npm notes@1.0.0/],
      ['searched.0.looked', 0, /nothing was looked at/],
    ],
  },
];
