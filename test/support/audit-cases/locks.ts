import type { Cases } from './cases.ts';

const INTEGRITY = `sha512-${'a'.repeat(86)}==`;
const COMMIT = 'b'.repeat(40);
const HASH = `--hash=sha256:${'c'.repeat(64)}`;
const archive = (name: string): string => `https://npm.example.com/${name}/-/${name}-1.2.3.tgz`;

const manifest = (dependencies: object, more: object = {}): Readonly<Record<string, string>> => ({
  'package.json': JSON.stringify({ name: 'notes', dependencies, ...more }),
});
const npm = (entry: object, name = 'zod'): Readonly<Record<string, string>> => ({
  'package-lock.json': JSON.stringify({
    lockfileVersion: 3,
    packages: {
      '': { name: 'notes' },
      [`node_modules/${name}`]: { version: '1.2.3', resolved: archive(name), integrity: INTEGRITY, ...entry },
    },
  }),
});
const old = (entry: object): Readonly<Record<string, string>> => ({
  'npm-shrinkwrap.json': JSON.stringify({
    lockfileVersion: 1,
    dependencies: { zod: { version: '1.2.3', resolved: archive('zod'), integrity: INTEGRITY, ...entry } },
  }),
});
const yarn = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'yarn.lock': ['# yarn lockfile v1', '', '"zod@^1.0.0", zod@1:', '  version "1.2.3"', ...lines, ''].join('\n'),
});
const berry = (resolution: string, ...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'yarn.lock': [
    '__metadata:',
    '  version: 8',
    '',
    '"zod@npm:^1.0.0":',
    '  version: 1.2.3',
    `  resolution: "${resolution}"`,
    ...lines,
  ].join('\n'),
});
const pnpm = (key: string, resolution: string, ...more: readonly string[]): Readonly<Record<string, string>> => ({
  'pnpm-lock.yaml': ["lockfileVersion: '9.0'", 'packages:', `  ${key}:`, `    resolution: ${resolution}`, ...more].join(
    '\n',
  ),
});
const bun = (entry: string): Readonly<Record<string, string>> => ({
  'bun.lock': `{\n  "lockfileVersion": 1,\n  "packages": {\n    "zod": ${entry},\n  }\n}\n`,
});
const requirements = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'requirements.txt': lines.join('\n'),
});
const toml = (name: string, ...lines: readonly string[]): Readonly<Record<string, string>> => ({
  [name]: ['version = 1', '', '[[package]]', 'name = "pydantic"', 'version = "2.1.0"', ...lines, ''].join('\n'),
});
const pipenv = (entry: object): Readonly<Record<string, string>> => ({
  'Pipfile.lock': JSON.stringify({ _meta: {}, default: { pydantic: { version: '==2.1.0', ...entry } } }),
});
const DIGESTS = ['files = [', `    {file = "x.whl", hash = "sha256:${'d'.repeat(64)}"},`, ']'];
const pyproject = (dependencies: string): Readonly<Record<string, string>> => ({
  'pyproject.toml': `[project]\nname = "notes"\ndependencies = [\n  ${dependencies}, # needed\n]\n`,
});

/** A record of OSV about one package, in a folder of its own beside what is audited. */
const osv = (affected: object, more: object = {}): Readonly<Record<string, string>> => ({
  'osv/one.json': JSON.stringify({
    id: 'GHSA-xxxx-xxxx-xxxx',
    modified: new Date().toISOString(),
    summary: 'a flaw',
    affected: [affected],
    ...more,
  }),
});
const zod = (events: readonly object[]): object => ({
  package: { ecosystem: 'npm', name: 'zod' },
  ranges: [{ type: 'SEMVER', events }],
});
const pydantic = (events: readonly object[], versions: readonly string[] = []): object => ({
  package: { ecosystem: 'PyPI', name: 'Pydantic' },
  ranges: [{ type: 'ECOSYSTEM', events }],
  versions,
});

/** Manifests, lockfiles, and what is known of what they lock. */
export const LOCK_CASES: Cases = {
  'lockfile-missing': [
    [manifest({ zod: '^1.0.0' }), 1],
    [pyproject('"pydantic>=2"'), 1],
    [{ ...pyproject('"pydantic>=2"'), ...requirements('pydantic>=2') }, 1],
    [{ ...manifest({ zod: '^1.0.0' }), ...npm({}) }, 0],
    [
      {
        'packages/a/package.json': manifest({ zod: '1' })['package.json'] ?? '',
        ...pnpm('zod@1.2.3', `{integrity: ${INTEGRITY}}`),
      },
      0,
    ],
    [{ ...pyproject('"pydantic>=2"'), ...toml('uv.lock') }, 0],
    [{ ...pyproject('"pydantic>=2"'), ...requirements(`pydantic==2.1.0 ${HASH}`) }, 0],
    [
      {
        ...manifest({ zod: '1' }),
        ...npm({}),
        'examples/a/package.json': manifest({ zod: '1' })['package.json'] ?? '',
      },
      0,
    ],
  ],
  'lockfile-integrity': [
    [npm({ integrity: undefined }), 1],
    [old({ integrity: undefined }), 1],
    [yarn(`  resolved "${archive('zod')}#${COMMIT}"`), 1],
    [berry('zod@npm:1.2.3', '  linkType: hard'), 1],
    [pnpm('zod@1.2.3', '{}'), 1],
    [bun('["zod@1.2.3", "", {}]'), 1],
    [requirements('pydantic==2.1.0', 'mcp==1.2.0'), 1],
    [toml('poetry.lock', 'files = []'), 1],
    [toml('uv.lock', 'source = { registry = "https://pypi.example.com/simple" }'), 1],
    [pipenv({}), 1],
    [npm({}), 0],
    [npm({ integrity: undefined, optional: true }), 1],
    [npm({ integrity: undefined, inBundle: true }), 0],
    [yarn(`  resolved "${archive('zod')}#${COMMIT}"`, `  integrity ${INTEGRITY}`), 0],
    [berry('zod@npm:1.2.3', '  checksum: 10/aaaa', '  linkType: hard'), 0],
    [pnpm('zod@1.2.3(x@1.0.0)', `{integrity: ${INTEGRITY}}`), 0],
    [bun(`["zod@1.2.3", "", {}, "${INTEGRITY}"]`), 0],
    [requirements('# ours', '-r other.txt', 'pydantic==2.1.0 \\', `    ${HASH}`), 0],
    [toml('poetry.lock', ...DIGESTS), 0],
    [
      toml(
        'uv.lock',
        'source = { registry = "https://pypi.example.com/simple" }',
        `sdist = { url = "x", hash = "sha256:${'e'.repeat(64)}" }`,
      ),
      0,
    ],
    [pipenv({ hashes: [`sha256:${'f'.repeat(64)}`] }), 0],
  ],
  'dependency-source': [
    [npm({ resolved: 'http://registry.example.com/zod/-/zod-1.2.3.tgz' }), 1],
    [npm({ resolved: `git+ssh://git@github.com/acme/zod.git#${COMMIT}`, integrity: undefined }), 1],
    [npm({ resolved: 'https://files.example.com/zod.tgz', integrity: undefined }), 1],
    [yarn('  resolved "git+https://github.com/acme/zod.git#main"'), 1],
    [pnpm('zod@1.2.3', `{commit: ${COMMIT}, repo: "https://github.com/acme/zod", type: git}`), 1],
    [requirements('git+https://github.com/acme/x@main#egg=x', '--extra-index-url https://x.example/simple'), 2],
    [requirements('--trusted-host x.example', 'pydantic==2.1.0'), 1],
    [toml('uv.lock', 'source = { git = "https://github.com/acme/x?rev=main" }'), 1],
    [
      toml(
        'poetry.lock',
        '',
        '[package.source]',
        'type = "git"',
        'url = "https://github.com/acme/x"',
        'resolved_reference = "main"',
      ),
      1,
    ],
    [npm({}), 0],
    [npm({ resolved: 'https://npm.example.com/zod/-/zod-1.2.3.tgz' }), 0],
    [{ ...npm({ resolved: 'packages/a', link: true }, 'a'), ...requirements('mcp==1.2.0') }, 0],
    [requirements('--index-url https://x.example/simple', 'pydantic==2.1.0'), 0],
    [toml('uv.lock', 'source = { editable = "." }', '', '[[package]]', 'name = "mcp"', 'version = "1.2.0"'), 0],
  ],
  'dependency-range': [
    [manifest({ zod: '*', ajv: 'latest', hono: '>=4' }), 3],
    [manifest({ zod: 'git+https://github.com/acme/zod', ajv: 'acme/ajv#main' }), 2],
    [pyproject('"pydantic", "mcp[cli]"'), 2],
    [pyproject('"x @ git+https://github.com/acme/x"'), 1],
    [
      {
        'pyproject.toml':
          '[tool.poetry.dependencies]\npython = "^3.12"\npydantic = "*"\nx = { git = "https://github.com/acme/x" }\n',
      },
      2,
    ],
    [
      manifest(
        { zod: '^1.2.3', ajv: '~8.0.0', hono: `github:acme/hono#${COMMIT}`, ours: 'workspace:*' },
        { devDependencies: { x: '*' } },
      ),
      0,
    ],
    [pyproject('"pydantic>=2,<3", "mcp==1.2.0"'), 0],
    [{ ...manifest({ ours: '*', zod: '1' }), 'packages/ours/package.json': JSON.stringify({ name: 'ours' }) }, 0],
  ],
  'install-scripts': [
    [npm({ hasInstallScript: true }), 1],
    [pnpm('zod@1.2.3', `{integrity: ${INTEGRITY}}`, '    requiresBuild: true'), 1],
    [npm({}), 0],
    [{ ...npm({ hasInstallScript: true }), '.npmrc': 'ignore-scripts=true' }, 0],
  ],
  'dependency-name': [
    [manifest({ '@modelcontextprotoco/sdk': '1.0.0', fastmpc: '1.0.0' }), 2],
    [manifest({ '@modelcontextprotocol/sdk': '1.0.0', fastmcp: '1.0.0', mcp: '1.0.0', zod: '1.0.0' }), 0],
  ],
  'known-vulnerability': [
    [{ ...npm({}), ...osv(zod([{ introduced: '0' }, { fixed: '1.2.4' }])) }, 1],
    [{ ...npm({ version: '1.3.0-beta.2' }), ...osv(zod([{ introduced: '1.0.0' }, { fixed: '1.3.0' }])) }, 1],
    [{ ...npm({}), ...osv(zod([{ introduced: '1.0.0' }, { last_affected: '1.2.3' }])) }, 1],
    [{ ...requirements('Pydantic==2.1'), ...osv(pydantic([], ['2.1.0'])) }, 1],
    [{ ...toml('uv.lock'), ...osv(pydantic([{ introduced: '2.1.0rc1' }])) }, 1],
    [{ ...npm({}), ...osv(zod([{ introduced: '0' }, { fixed: '1.2.3' }])) }, 0],
    [{ ...npm({}), ...osv(zod([{ introduced: '0' }]), { withdrawn: '2026-01-01T00:00:00Z' }) }, 0],
    [{ ...npm({ version: '1.10.0' }), ...osv(zod([{ introduced: '0' }, { fixed: '1.9.0' }])) }, 0],
    [{ ...toml('uv.lock'), ...osv(pydantic([{ introduced: '0' }, { fixed: '2.1.0.dev3' }])) }, 0],
    [
      {
        ...npm({}),
        ...osv({
          package: { ecosystem: 'PyPI', name: 'zod' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
        }),
      },
      0,
    ],
  ],
};
