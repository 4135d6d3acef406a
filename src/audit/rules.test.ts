import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isControlId } from '../catalogue/index.ts';
import { gatherFilesPart } from './parts/files.ts';
import { RULES } from './rules.ts';
import { createRun, judgeRun, type AuditReport } from './run.ts';
import { DEPLOYMENT_CASES } from '../../test/support/audit-cases/deployments.ts';
import { LOCK_CASES } from '../../test/support/audit-cases/locks.ts';
import { SERVICE_CASES } from '../../test/support/audit-cases/units.ts';
import { WORKFLOW_CASES } from '../../test/support/audit-cases/workflows.ts';

const FACTS = { version: '0.0.0', target: 'x', at: '2026-01-01T00:00:00.000Z' };
// In parts, for no path of a machine stands in the source.
const HOME_OF_ANN = ['', 'home', 'ann'].join('/');
const DIGEST = `sha256:${'a'.repeat(64)}`;

async function auditOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<AuditReport> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-rules-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  const hasOsv = Object.keys(files).some((name) => name.startsWith('osv/'));
  return judgeRun(createRun(FACTS, [await gatherFilesPart(folder, hasOsv ? { osv: join(folder, 'osv') } : {})]));
}

const client = (entry: object): Readonly<Record<string, string>> => ({
  'mcp.json': JSON.stringify({ mcpServers: { notes: entry } }),
});
const dockerfile = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  Dockerfile: [`FROM node:24-slim@${DIGEST}`, ...lines, 'USER 65532:65532', 'CMD ["node", "server.js"]'].join('\n'),
});
const SERVICE = {
  image: `acme/notes:1@${DIGEST}`,
  user: '65532:65532',
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  mem_limit: '256m',
  cpus: 1,
  pids_limit: 64,
};
const services = (all: object, file = 'compose.yaml'): Readonly<Record<string, string>> => ({
  [file]: JSON.stringify({ services: all }),
});
const compose = (change: object): Readonly<Record<string, string>> => ({
  'compose.yaml': JSON.stringify({ services: { notes: { ...SERVICE, ...change } } }),
});
const CONTAINER = {
  name: 'server',
  image: `acme/notes:1@${DIGEST}`,
  securityContext: {
    runAsNonRoot: true,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
  resources: { limits: { memory: '256Mi', cpu: '1' } },
};
const POLICY = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name: 'closed' },
  spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [{ to: [{ podSelector: {} }] }] },
};
const kubernetes = (
  container: object,
  pod: object = {},
  policies: readonly object[] = [POLICY],
): Readonly<Record<string, string>> => ({
  'manifest.yaml': [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'notes' },
      spec: {
        template: {
          spec: { automountServiceAccountToken: false, ...pod, containers: [{ ...CONTAINER, ...container }] },
        },
      },
    },
    ...policies,
  ]
    .map((each) => JSON.stringify(each))
    .join('\n---\n'),
});

type Files = Readonly<Record<string, string>>;
/** By rule: what is wrong, each with how often, and what is right though it looks like it. */
const CASES: Readonly<Record<string, readonly (readonly [files: Files, hits: number])[]>> = {
  ...SERVICE_CASES,
  ...WORKFLOW_CASES,
  ...LOCK_CASES,
  ...DEPLOYMENT_CASES,
  'floating-server-version': [
    [client({ command: 'npx', args: ['-y', 'notes'] }), 1],
    [client({ command: 'npx', args: ['-y', 'notes@latest'] }), 1],
    [client({ command: 'npx', args: ['-y', '@acme/notes@^1.2.3'] }), 1],
    [client({ command: 'npx -y notes' }), 1],
    [client({ command: 'cmd', args: ['/c', 'npx', '-y', 'notes'] }), 1],
    [client({ command: 'env', args: ['A=b', 'npx', 'notes'] }), 1],
    [client({ command: 'uvx', args: ['notes'] }), 1],
    [client({ command: 'uvx', args: ['--from', 'git+https://github.com/acme/notes', 'notes'] }), 1],
    [client({ command: 'docker', args: ['run', '-i', '--rm', '-e', 'A', 'acme/notes:1'] }), 1],
    [client({ command: 'npx', args: ['-y', '@acme/notes@1.2.3'] }), 0],
    [client({ command: 'npx', args: ['--package=notes@1.2.3-rc.1', 'notes'] }), 0],
    [client({ command: 'uvx', args: ['--from', 'notes==1.2.3', 'notes'] }), 0],
    [client({ command: 'docker', args: ['run', '-i', '-v', '/a:/a', `acme/notes@${DIGEST}`] }), 0],
    [client({ command: '/usr/bin/notes', args: ['latest'] }), 0],
  ],
  'secret-in-client-config': [
    [client({ command: 'x', env: { GITHUB_TOKEN: `ghp_${'a1B2'.repeat(9)}` } }), 1],
    [client({ command: 'x', args: ['--api-key', 'q7Rf2LmX9vKp4TzW8sBn'] }), 1],
    [client({ command: 'x', args: ['--api-key=q7Rf2LmX9vKp4TzW8sBn'] }), 1],
    [client({ command: 'x', args: ['postgres://ann:wonderland@db/notes'] }), 1],
    [client({ url: 'https://x.example/mcp', headers: { Authorization: 'Bearer q7Rf2LmX9vKp4TzW8sBn' } }), 1],
    [client({ command: 'x', env: { API_KEY: '${API_KEY}', TOKEN: '<your token>', SECRET: 'your-secret-here' } }), 0],
    [client({ command: 'x', env: { KEYBOARD: 'q7Rf2LmX9vKp4TzW8sBn', TOKEN_FILE: '/run/secrets/token' } }), 0],
  ],
  'shell-launch': [
    [client({ command: 'bash', args: ['-c', 'cd /x && node server.js'] }), 1],
    [client({ command: '/bin/sh', args: ['-lc', 'curl -s https://x.example | sh'] }), 1],
    [client({ command: 'npx', args: ['-c', 'notes'] }), 1],
    [client({ command: 'cmd', args: ['/c', 'npx', 'notes@1.0.0', '&', 'calc'] }), 1],
    [client({ command: 'cmd', args: ['/c', 'npx', '-y', 'notes@1.0.0'] }), 0],
    [client({ command: 'node', args: ['bash'] }), 0],
  ],
  'plain-http-server': [
    [client({ url: 'http://mcp.example.com/mcp' }), 1],
    [client({ url: 'http://10.0.0.7/mcp', headers: { Authorization: 'Bearer ${T}' } }), 1],
    [client({ url: 'https://mcp.example.com/mcp' }), 0],
    [client({ url: 'http://localhost:3000/mcp' }), 0],
    [client({ url: 'http://127.0.0.1:3000/mcp' }), 0],
  ],
  'automatic-approval': [
    [client({ command: 'x', autoApprove: ['*'] }), 1],
    [client({ command: 'x', alwaysAllow: ['delete_file', 'read_file'] }), 1],
    [client({ command: 'x', trust: true }), 1],
    [client({ command: 'x', autoApprove: ['read_file'], trust: false }), 0],
  ],
  'broad-folder': [
    [client({ command: 'x', args: ['/'] }), 1],
    [client({ command: 'x', args: [HOME_OF_ANN, '/etc'] }), 2],
    [client({ command: 'x', args: ['C:\\'] }), 1],
    [client({ command: 'x', args: [`${HOME_OF_ANN}/notes`, './docs'] }), 0],
  ],
  'container-launch-rights': [
    [client({ command: 'docker', args: ['run', '--privileged', `x@${DIGEST}`] }), 1],
    [client({ command: 'podman', args: ['run', '--network', 'host', '-u', 'root', `x@${DIGEST}`] }), 2],
    [client({ command: 'docker', args: ['run', '-v', '/var/run/docker.sock:/s', `x@${DIGEST}`] }), 1],
    [client({ command: 'docker', args: ['run', '--network=none', '-v', '/srv/notes:/n', `x@${DIGEST}`] }), 0],
    [client({ command: 'docker', args: ['run', `x@${DIGEST}`, '--privileged'] }), 0],
  ],
  'image-user': [
    [{ Dockerfile: 'FROM node:24\nCMD ["node"]' }, 1],
    [{ Dockerfile: 'FROM node:24\nUSER node\nUSER 0:0' }, 1],
    [{ Dockerfile: 'FROM node:24 AS build\nUSER node\nFROM node:24\nCMD ["x"]' }, 1],
    [{ Dockerfile: 'FROM node:24\nUSER node' }, 0],
    [{ Dockerfile: 'FROM gcr.io/distroless/nodejs24-debian12:nonroot' }, 0],
  ],
  'image-base': [
    [{ Dockerfile: 'FROM node\nUSER node' }, 1],
    [{ Dockerfile: 'FROM --platform=linux/amd64 node:24 AS build\nFROM build\nUSER node' }, 1],
    [{ Dockerfile: 'FROM localhost:5000/node:latest\nUSER node' }, 1],
    [{ Dockerfile: `ARG BASE\nFROM $BASE AS one\nFROM scratch\nFROM node:24@${DIGEST}` }, 0],
  ],
  'image-secret': [
    [dockerfile('ENV DB_PASSWORD=wonderland A=b'), 1],
    [dockerfile('ENV API_TOKEN q7Rf2LmX9vKp4TzW8sBn'), 1],
    [dockerfile('ARG NPM_TOKEN="q7Rf2LmX9vKp4TzW8sBn"'), 1],
    [dockerfile('COPY .env /app/'), 1],
    [dockerfile('COPY --chown=1:1 id_rsa /root/.ssh/'), 1],
    [dockerfile('ARG NPM_TOKEN', 'ENV TOKEN=$NPM_TOKEN', 'COPY .env.example /app/'), 0],
    [dockerfile('RUN --mount=type=secret,id=npm npm ci'), 0],
  ],
  'image-remote-code': [
    [dockerfile('RUN curl -fsSL https://x.example/i.sh | sudo bash'), 1],
    [dockerfile('RUN apt-get update && \\', '  wget -qO- https://x.example/i.py | python3'), 1],
    [dockerfile('RUN bash <(curl -s https://x.example)'), 1],
    [dockerfile('ADD https://x.example/tool /usr/bin/tool'), 1],
    [dockerfile(`ADD --checksum=${DIGEST} https://x.example/tool /usr/bin/tool`), 0],
    [dockerfile('RUN curl -fsSO https://x.example/f && sha256sum -c f.sha256'), 0],
  ],
  'image-install': [
    [dockerfile('RUN npm install'), 1],
    [dockerfile('RUN pip install notes'), 1],
    [dockerfile('RUN pnpm i'), 1],
    [{ Dockerfile: `FROM node:24@${DIGEST}\nUSER node\nCMD ["npx", "-y", "notes"]` }, 1],
    [dockerfile('RUN npm ci --ignore-scripts', 'RUN pip install --require-hashes -r requirements.txt'), 0],
    [dockerfile('RUN npm install ./notes.tgz', 'RUN npx -y notes@1.2.3'), 0],
  ],
  'image-debug': [
    [dockerfile('ENV NODE_TLS_REJECT_UNAUTHORIZED=0'), 1],
    [{ Dockerfile: `FROM node:24@${DIGEST}\nUSER node\nCMD ["node", "--inspect=0.0.0.0:9229", "x.js"]` }, 1],
    [{ Dockerfile: `FROM node:24@${DIGEST} AS dev\nENV NODE_ENV=development\nFROM node:24@${DIGEST}\nUSER node` }, 0],
  ],
  'workload-user': [
    [compose({ user: undefined }), 1],
    [compose({ user: 'root' }), 1],
    [kubernetes({ securityContext: { ...CONTAINER.securityContext, runAsNonRoot: undefined } }), 1],
    [kubernetes({ securityContext: { ...CONTAINER.securityContext, runAsUser: 0 } }), 1],
    [compose({}), 0],
    [kubernetes({}), 0],
    [kubernetes({ securityContext: {} }, { securityContext: { runAsNonRoot: true } }), 0],
  ],
  'workload-rights': [
    [compose({ privileged: true }), 1],
    [compose({ cap_drop: undefined, security_opt: undefined }), 2],
    [compose({ cap_add: ['SYS_ADMIN', 'NET_BIND_SERVICE'] }), 1],
    [compose({ security_opt: ['no-new-privileges', 'seccomp:unconfined'] }), 1],
    [kubernetes({ securityContext: { runAsNonRoot: true } }), 3],
    [compose({}), 0],
    [kubernetes({}), 0],
  ],
  'workload-host': [
    [compose({ volumes: ['/var/run/docker.sock:/s', '/etc:/e:ro', 'data:/data', './config:/c:ro'] }), 2],
    [compose({ volumes: [{ type: 'bind', source: '/root', target: '/r' }], network_mode: 'host' }), 2],
    [kubernetes({}, { hostPID: true }), 1],
    [
      kubernetes(
        { volumeMounts: [{ name: 'x', mountPath: '/x' }] },
        { volumes: [{ name: 'x', hostPath: { path: '/srv/x' } }] },
      ),
      1,
    ],
    [compose({ volumes: ['data:/data', '/anonymous'] }), 0],
    [kubernetes({}, { hostPID: false, volumes: [{ name: 'x', hostPath: { path: '/etc' } }] }), 0],
  ],
  'workload-read-only': [
    [compose({ read_only: undefined }), 1],
    [kubernetes({ securityContext: {} }), 1],
    [compose({}), 0],
    [kubernetes({}), 0],
  ],
  'workload-limits': [
    [compose({ mem_limit: undefined }), 1],
    [kubernetes({ resources: { requests: { memory: '1Mi' } } }), 1],
    [
      compose({
        mem_limit: undefined,
        cpus: undefined,
        deploy: { resources: { limits: { memory: '1g', cpus: '1' } } },
      }),
      0,
    ],
    [kubernetes({}), 0],
  ],
  'workload-image': [
    [compose({ image: 'acme/notes' }), 1],
    [compose({ image: 'registry:5000/notes:1.2.3' }), 1],
    [compose({ image: '${IMAGE}' }), 0],
    [compose({ image: 'notes:latest' }), 1],
    [services({ notes: SERVICE, own: { ...SERVICE, image: 'own:latest', build: '.' } }), 0],
    [{ ...compose({}), ...services({ db: { image: 'db:latest' } }, 'test/compose.yaml') }, 0],
    [kubernetes({}), 0],
  ],
  'workload-secret': [
    [compose({ environment: ['DB_PASSWORD=wonderland', 'A=b'] }), 1],
    [compose({ environment: { DB_PASSWORD: 'wonderland' } }), 1],
    [kubernetes({ env: [{ name: 'X', value: `ghp_${'a1B2'.repeat(9)}` }] }), 1],
    [compose({ environment: ['DB_PASSWORD', 'DB_PASSWORD_FILE=/run/secrets/db', 'T_TOKEN=${T}'] }), 0],
    [kubernetes({ env: [{ name: 'DB_PASSWORD', valueFrom: { secretKeyRef: { name: 'x', key: 'y' } } }] }), 0],
  ],
  'workload-ports': [
    [compose({ ports: ['3000:3000'] }), 1],
    [compose({ ports: [{ published: 3000, target: 3000 }] }), 1],
    [kubernetes({ ports: [{ containerPort: 1, hostPort: 1 }] }), 1],
    [compose({ ports: ['127.0.0.1:3000:3000', '[::1]:1:1', { host_ip: '127.0.0.1', published: 1, target: 1 }] }), 0],
    [kubernetes({ ports: [{ containerPort: 3000 }] }), 0],
  ],
  'cluster-token': [
    [kubernetes({}, { automountServiceAccountToken: undefined }), 1],
    [kubernetes({}), 0],
  ],
  'network-policy': [
    [kubernetes({}, {}, []), 1],
    [kubernetes({}, {}, [{ ...POLICY, spec: { policyTypes: ['Ingress'] } }]), 1],
    [kubernetes({}, {}, [{ ...POLICY, spec: { ...POLICY.spec, egress: [{}] } }]), 1],
    [
      kubernetes({}, {}, [
        { ...POLICY, spec: { ...POLICY.spec, egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }] } },
      ]),
      1,
    ],
    [kubernetes({}), 0],
  ],
};

for (const { meta } of RULES.filter(({ kind, meta: { id } }) => kind === 'files' || CASES[id] !== undefined)) {
  test(`${meta.id} tells the wrong from the right`, async (t) => {
    const cases = CASES[meta.id];
    assert.ok(cases !== undefined);
    assert.ok(cases.some(([, hits]) => hits > 0) && cases.some(([, hits]) => hits === 0), 'it has both');
    for (const [files, hits] of cases) {
      const report = await auditOf(t, files);
      const own = report.findings.filter(({ rule }) => rule === meta.id);
      assert.equal(own.length, hits, `${JSON.stringify(files)}\n${JSON.stringify(own)}`);
      const outcome = report.outcomes.find(({ rule }) => rule === meta.id);
      assert.equal(outcome?.status, hits > 0 ? 'fail' : 'pass', JSON.stringify(files));
    }
  });

  test(`${meta.id} says what it is about, and passes nothing where there is nothing`, async (t) => {
    assert.match(meta.id, /^[a-z]+(?:-[a-z]+)*$/);
    assert.ok(meta.controls.length > 0 && meta.controls.every(isControlId));
    for (const text of [meta.title, meta.failure, meta.remedy]) assert.ok(text.length > 10);
    const isAboutClients = Object.keys(CASES[meta.id]?.[0]?.[0] ?? {}).includes('mcp.json');
    const other = isAboutClients ? dockerfile() : client({ command: '/usr/bin/x' });
    const outcome = (await auditOf(t, other)).outcomes.find(({ rule }) => rule === meta.id);
    assert.equal(outcome?.status, 'not-applicable');
  });
}
