import type { Cases } from './cases.ts';

const production = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'portcullis.yaml': [
    'profile: production',
    'audit: {key: log.pem, origin: notes/audit}',
    'keys: {file: root.keys}',
    ...lines,
  ].join('\n'),
});
const dev = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'portcullis.yaml': ['profile: dev', ...lines].join('\n'),
});
const upstream = (text: string, more = '', lock = '{}'): Readonly<Record<string, string>> => ({
  ...production(
    'upstreams:',
    `  notes: {package: notes@1.2.3, about: {owner: ann, purpose: notes, review: "2999-01-01"}, ${text}}`,
    more,
  ),
  ...(lock === '' ? {} : { 'portcullis.lock': lock }),
});

/** Configurations of Portcullis itself. */
export const DEPLOYMENT_CASES: Cases = {
  'portcullis-schema': [
    [dev('htpp: {port: 1}', 'http: {port: many}'), 2],
    [dev('http: {tsl: {cert: a, key: b}}'), 1],
    [dev('http: {port: 8443}'), 0],
  ],
  'portcullis-profile': [
    [dev('http: {host: 0.0.0.0}'), 1],
    [dev('http: {publicUrl: https://notes.example.com/mcp}'), 1],
    [dev('http: {terminatedBy: proxy}'), 1],
    [dev('http: {host: 127.0.0.1, port: 3000}'), 0],
    [production('http: {publicUrl: https://notes.example.com/mcp}'), 0],
  ],
  'portcullis-origins': [
    [production('http: {allowedOrigins: ["*"], allowedHosts: ["*.example.com"]}'), 2],
    [production('http: {allowedOrigins: [http://app.example.com]}'), 1],
    [production('http: {allowedOrigins: [https://app.example.com], allowedHosts: [notes.example.com]}'), 0],
    [dev('http: {allowedOrigins: [http://localhost:5173]}'), 0],
  ],
  'portcullis-secrets': [
    [production('secrets: {crm: {from: env:CRM_TOKEN}}'), 1],
    [production('upstreams:', '  notes: {package: notes@1.2.3, env: {API_TOKEN: q7Rf2LmX9vKp4TzW8sBn}}'), 1],
    [production('secrets: {crm: {from: "vault:secret/data/crm#token"}, db: {from: file:/run/secrets/db}}'), 0],
    [dev('secrets: {crm: {from: env:CRM_TOKEN}}'), 0],
    [
      production(
        'approvals: {clientSecret: approval-page}',
        'upstreams: {notes: {package: notes@1.2.3, secrets: {API_TOKEN: crm}}}',
      ),
      0,
    ],
  ],
  'portcullis-upstreams': [
    [upstream('needs: {network: unguarded}'), 1],
    [upstream('needs: {hosts: ["*.example.com", "http://intranet.example"]}'), 2],
    [upstream('', '  mail: {package: mail@^1.0.0}'), 2],
    [upstream('', '  crm: {url: "http://crm.example/mcp", about: {owner: ann, purpose: x, review: "2001-01-01"}}'), 2],
    [upstream('waiver: {checks: [age], reason: x, owner: ann, until: "2001-01-01"}'), 1],
    [upstream('needs: {hosts: [api.example.com]}', '', ''), 1],
    [upstream('needs: {hosts: [api.example.com]}'), 0],
  ],
  'portcullis-guards': [
    [production('detection: {write: off, read: flag}'), 1],
    [production('flows: {matrix: {both: {outside: allow, query: allow}}, overlap: false}'), 2],
    [production('permissions: {addons: true, children: true}'), 2],
    [production('leaks: {tools: {vault: {credentials: allow}}}', 'eras: [legacy]'), 2],
    [
      production(
        'detection: {write: refuse}',
        'flows: {matrix: {both: {outside: deny}}}',
        'permissions: {addons: false}',
      ),
      0,
    ],
    [production('flows: {matrix: {private: {write: allow}}}', 'eras: [modern, legacy]'), 0],
  ],
  'portcullis-limits': [
    [production('limits: {bodyBytes: 1073741824, handlerMs: 2000000000}'), 2],
    [production('limits: {bodyBytes: 4194304, perMinutePrincipal: 60}'), 0],
  ],
  'portcullis-approvals': [
    [upstream('tools: {wipe: {effect: critical}}'), 1],
    [production('approvals: {issuer: https://id.example.com, separation: false, ttl: 90m}'), 2],
    [upstream('tools: {wipe: {effect: critical}}', 'approvals: {issuer: https://id.example.com, ttl: 5m}'), 0],
  ],
  'portcullis-record': [
    [{ 'portcullis.yaml': 'profile: production' }, 2],
    [production('store: {kind: memory}'), 1],
    [production('store: {kind: sqlite, file: store.db}'), 0],
  ],
};
