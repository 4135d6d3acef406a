import type { Cases } from './cases.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const GOOD = [
  'User=notes',
  'NoNewPrivileges=yes',
  'ProtectSystem=strict',
  'ProtectHome=yes',
  'PrivateTmp=yes',
  'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6',
  'MemoryMax=512M',
];
/** A unit with some settings left out, and others put in. */
const unit = (without: RegExp, ...more: readonly string[]): string =>
  [
    '[Unit]',
    '# notes',
    '[Service]',
    'ExecStart=/usr/bin/notes',
    ...GOOD.filter((line) => !without.test(line)),
    ...more,
  ].join('\n');
const service = (without: RegExp, ...more: readonly string[]): Readonly<Record<string, string>> => ({
  'notes.service': unit(without, ...more),
});
const NOTHING = /^$/;

const image = (config: object, more: object = {}): Readonly<Record<string, string>> => ({
  'config.json': JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    config: { User: '65532', Env: ['PATH=/usr/bin'], Cmd: ['node', 'server.js'], ...config },
    rootfs: { type: 'layers', diff_ids: [DIGEST] },
    ...more,
  }),
});
const inspected = (config: object): Readonly<Record<string, string>> => ({
  'inspect.json': JSON.stringify([
    { Id: DIGEST, RepoTags: ['acme/notes:1'], RootFS: { Layers: [] }, Config: { User: '1000:1000', ...config } },
  ]),
});
const npmrc = (...lines: readonly string[]): Readonly<Record<string, string>> => ({ '.npmrc': lines.join('\n') });
const TOKEN = 'q7Rf2LmX9vKp4TzW8sBn';

/** Services of systemd, configurations of images, and files that tools read their credentials from. */
export const SERVICE_CASES: Cases = {
  'unit-user': [
    [service(/^User/), 1],
    [service(/^User/, 'User=root'), 1],
    [service(NOTHING, 'User=0'), 1],
    [{ 'notes.service': unit(NOTHING), 'notes.service.d/10.conf': '[Service]\nUser=root' }, 1],
    [service(NOTHING), 0],
    [service(/^User/, 'DynamicUser=yes'), 0],
    [{ 'notes.service': unit(/^User/), 'notes.service.d/10.conf': '[Service]\nUser=notes' }, 0],
  ],
  'unit-rights': [
    [service(/^(?:NoNew|Restrict)/), 1],
    [service(/^(?:User|NoNew)/), 1],
    [service(NOTHING, 'AmbientCapabilities=CAP_NET_BIND_SERVICE CAP_SYS_ADMIN'), 1],
    [service(NOTHING), 0],
    [service(/^NoNew/), 0],
    [service(/^(?:User|NoNew)/, 'DynamicUser=1'), 0],
    [service(NOTHING, 'AmbientCapabilities=CAP_NET_BIND_SERVICE'), 0],
  ],
  'unit-files': [
    [service(/^Protect|^Private/), 1],
    [service(/^ProtectSystem/, 'ProtectSystem=no'), 1],
    [service(NOTHING), 0],
    [service(/^(?:Protect|Private|User)/, 'DynamicUser=yes'), 0],
    [{ 'systemd/user/notes.service': unit(/^(?:ProtectHome|User)/) }, 0],
  ],
  'unit-limits': [
    [service(/^Memory/), 1],
    [service(NOTHING, 'TasksMax=infinity'), 1],
    [service(NOTHING), 0],
    [service(/^Memory/, 'MemoryLimit=1G', 'TasksMax=64'), 0],
  ],
  'unit-network': [
    [service(/^Restrict/), 1],
    [service(/^Restrict/, 'PrivateNetwork=no'), 1],
    [service(NOTHING), 0],
    [service(/^Restrict/, 'PrivateNetwork=yes'), 0],
  ],
  'unit-secret': [
    [service(NOTHING, `Environment="API_TOKEN=${TOKEN}" A=b`), 1],
    [service(NOTHING, `Environment=DB_PASSWORD=wonderland`), 1],
    [service(NOTHING, `ExecStartPre=/usr/bin/notes --api-key ${TOKEN}`), 1],
    [service(NOTHING, 'Environment=API_TOKEN_FILE=%d/token', 'LoadCredential=token:/etc/notes/token'), 0],
    [service(NOTHING, `Environment=API_TOKEN=${TOKEN}`, 'Environment='), 0],
  ],
  'image-config-user': [
    [image({ User: '' }), 1],
    [image({ User: '0:0' }), 1],
    [inspected({ User: 'root' }), 1],
    [image({}), 0],
    [inspected({}), 0],
  ],
  'image-config-secret': [
    [image({ Env: [`API_TOKEN=${TOKEN}`, 'DB_PASSWORD=wonderland', 'A=b'] }), 2],
    [image({}, { history: [{ created_by: `|1 NPM_TOKEN=${TOKEN} /bin/sh -c npm ci` }] }), 1],
    [inspected({ Env: [`GITHUB_TOKEN=ghp_${'a1B2'.repeat(9)}`] }), 1],
    [
      image(
        { Env: ['API_TOKEN_FILE=/run/secrets/token', 'NODE_VERSION=24.1.0'] },
        { history: [{ created_by: 'USER 1' }] },
      ),
      0,
    ],
  ],
  'image-config-debug': [
    [image({ Env: ['NODE_TLS_REJECT_UNAUTHORIZED=0'] }), 1],
    [image({ Entrypoint: ['node', '--inspect=0.0.0.0:9229'], ExposedPorts: { '9229/tcp': {} } }), 2],
    [image({ Env: ['NODE_ENV=production', 'DEBUG=false'], ExposedPorts: { '3000/tcp': {} } }), 0],
  ],
  'credential-file': [
    [npmrc(`//npm.example.com/:_authToken=npm_${'a1B2'.repeat(9)}`), 1],
    [{ '.env': `# local\nexport API_TOKEN="${TOKEN}"\nDB_PASSWORD=wonderland\nPORT=3000` }, 2],
    [{ '.pypirc': `[pypi]\nusername = __token__\npassword = pypi-AgE${'a1B2'.repeat(9)}` }, 1],
    [{ '.netrc': 'machine x.example login ann password wonderland' }, 1],
    [npmrc('//npm.example.com/:_authToken=${NPM_TOKEN}', 'save-exact=true'), 0],
    [{ '.env': 'API_TOKEN=\nDB_PASSWORD=changeme\nPORT=3000', '.env.example': `API_TOKEN=${TOKEN}` }, 0],
  ],
  'npm-settings': [
    [npmrc('strict-ssl=false'), 1],
    [npmrc('registry = http://registry.example.com/', '@acme:registry=http://10.0.0.7/'), 2],
    [npmrc('package-lock=false'), 1],
    [npmrc('registry=https://npm.example.com/', '; strict-ssl=false', 'ignore-scripts=true'), 0],
    [npmrc('registry=http://localhost:4873/'), 0],
  ],
};
