import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { importClient } from './import.ts';

const of = (entry: object): ReturnType<typeof importClient> =>
  importClient(JSON.stringify({ mcpServers: { one: entry } }));

/** What `npx` with these words comes to, or why the server is left out. */
function npx(...args: string[]): unknown {
  const { upstreams, floating, left } = of({ command: 'npx', args });
  return left[0] ?? { ...upstreams['one'], ...(floating['one'] === undefined ? {} : { floating: floating['one'] }) };
}

suite('import', () => {
  const expected = { one: { command: '/usr/bin/one', args: ['--quiet'] } };
  const entry = '{"command": "/usr/bin/one", "args": ["--quiet"]}';
  for (const [client, text] of [
    ['Claude Desktop, Claude Code, Cursor and Windsurf', `{"mcpServers": {"one": ${entry}}}`],
    ['Claude Code, beside its other settings', `{"numStartups": 4, "mcpServers": {"one": ${entry}}, "projects": {}}`],
    ['VS Code, mcp.json', `{"inputs": [], "servers": {"one": ${entry}}}`],
    ['VS Code, settings.json', `{"editor.fontSize": 12, "mcp": {"servers": {"one": ${entry}}}}`],
    ['Zed', `{"context_servers": {"one": ${entry}}}`],
    ['a file with a byte order mark', `\uFEFF{"mcpServers": {"one": ${entry}}}`],
    [
      'comments and trailing commas',
      `// mine\n{"mcpServers": { /* all, of them */ "one": {"command": "/usr/bin/one", "args": ["--quiet",/**/ ], // last\n}, }, } // end`,
    ],
  ] as const) {
    test(`reads the file of ${client}`, () => {
      assert.deepEqual(importClient(text).upstreams, expected);
    });
  }

  test('what stands in a text is neither a comment nor a comma of the file', () => {
    const args = ['a,}', 'b, ]', '// c', '/* d */', 'e\\', '"f",}', 'https://example.com/x'];
    assert.deepEqual(of({ command: '/bin/x', args }).upstreams['one']?.args, args);
  });

  for (const [what, text] of [
    ['no JSON', '{"mcpServers": {"one": {"env": {"TOKEN": "hunter2" x}}}}'],
    ['two commas', '{"mcpServers": {"one": {"args": ["hunter2",,]}}}'],
    ['an open text', '{"mcpServers": "hunter2'],
    ['no object', '["hunter2"]'],
    ['no servers', '{"servants": {"one": "hunter2"}}'],
    ['a list of servers', '{"mcpServers": ["hunter2"]}'],
    ['nothing', ''],
  ] as const) {
    test(`refuses ${what}, and repeats nothing of it`, () => {
      assert.throws(
        () => importClient(text),
        (error) => error instanceof TypeError && !error.message.includes('hunter2') && error.cause === undefined,
      );
    });
  }

  for (const [words, comes] of [
    ['some-server@1.2.3', { package: 'some-server@1.2.3' }],
    ['-y some-server@1.2.3 /data --flag', { package: 'some-server@1.2.3', args: ['/data', '--flag'] }],
    ['--yes @scope/some.server@1.2.3-rc.1', { package: '@scope/some.server@1.2.3-rc.1' }],
    ['-y -- some-server@1.2.3 -y', { package: 'some-server@1.2.3', args: ['-y'] }],
    ['-y some-server', { package: 'some-server', floating: 'some-server' }],
    ['-y some-server@latest', { package: 'some-server@latest', floating: 'some-server@latest' }],
    ['@scope/server@^1.2.0', { package: '@scope/server@^1.2.0', floating: '@scope/server@^1.2.0' }],
    ['server@>=1.0.0', { package: 'server@>=1.0.0', floating: 'server@>=1.0.0' }],
    ['-p some-server@1.2.3 run --now', { package: 'some-server@1.2.3', bin: 'run', args: ['--now'] }],
    ['-y --package some-server@1.2.3 -- run', { package: 'some-server@1.2.3', bin: 'run' }],
    ['--package=@a/b@1.2.3 run', { package: '@a/b@1.2.3', bin: 'run' }],
    ['-p some-server@1.2.3', { package: 'some-server@1.2.3' }],
    ['--cache /tmp/c -y some-server@1.2.3', { package: 'some-server@1.2.3' }],
    ['', 'one: its command names no package'],
    ['-y', 'one: its command names no package'],
    ['-p a@1.0.0 -p b@1.0.0 run', 'one: it needs several packages'],
    ['github:owner/name', 'one: "github:owner/name" is no package of npm'],
    ['owner/name', 'one: "owner/name" is no package of npm'],
    ['./here', 'one: "./here" is no package of npm'],
    ['@/x@1.2.3', 'one: "@/x@1.2.3" is no package of npm'],
    ['x@npm:y@1.2.3', 'one: "x@npm:y@1.2.3" is no package of npm'],
    ['x@git+https://example.com/y', 'one: "x@git+https://example.com/y" is no package of npm'],
    ['x@https://example.com/y.tgz', 'one: "x@https://example.com/y.tgz" is no package of npm'],
    ['x@file:../y', 'one: "x@file:../y" is no package of npm'],
    ['-c some-server', 'one: it runs a line of a shell'],
    [
      '--@a:reg=https://packages.example.com -y server@1.2.3',
      'one: it takes its package from a registry of its own. Name that in .npmrc, and leave it out',
    ],
  ] as const) {
    test(`npx ${words}`, () => {
      assert.deepEqual(npx(...words.split(' ').filter((word) => word !== '')), comes);
    });
  }

  test('other ways to run a package, and what is none', () => {
    const left = (value: object): unknown => of(value).left[0] ?? of(value).upstreams['one'];
    assert.deepEqual(left({ command: '/opt/node/bin/npx', args: ['-y', 'a@1.0.0'] }), { package: 'a@1.0.0' });
    assert.deepEqual(left({ command: 'npx.cmd', args: ['a@1.0.0'] }), { package: 'a@1.0.0' });
    assert.deepEqual(left({ command: 'bunx', args: ['a@1.0.0'] }), { package: 'a@1.0.0' });
    assert.deepEqual(left({ command: 'npm', args: ['exec', '--', 'a@1.0.0'] }), { package: 'a@1.0.0' });
    assert.equal(
      left({ command: 'npm', args: ['start'] }),
      'one: it runs npm. Give the absolute path of a program that is installed',
    );
    assert.equal(
      left({ command: 'uvx', args: ['a'] }),
      'one: it runs uvx. Give the absolute path of a program that is installed',
    );
    assert.equal(
      left({ command: './server' }),
      'one: it runs server. Give the absolute path of a program that is installed',
    );
    assert.equal(
      left({ url: 'https://example.com/sse', type: 'sse' }),
      'one: it speaks the SSE transport of 2024-11-05, which is not spoken here. Give the URL of its Streamable HTTP',
    );
    assert.equal(left({ command: '/bin/x', disabled: true }), 'one: it is disabled');
    assert.equal(left({ command: ['/bin/x'] }), 'one: it has no command');
    assert.equal(left([]), 'one: it is no server');
  });

  test('names become ids that are told apart', () => {
    const names = [
      'My Server',
      'my-server',
      'MY_SERVER',
      '7zip',
      '123',
      '!',
      'a'.repeat(40),
      'constructor',
      '\u041f\u0440',
    ];
    const servers = Object.fromEntries(names.map((name, n) => [name, { command: `/bin/${n}` }]));
    const { upstreams } = importClient(JSON.stringify({ mcpServers: servers }));
    const ids = Object.keys(upstreams).toSorted();
    assert.deepEqual(ids, [
      'a'.repeat(20),
      'constructor',
      'my-server',
      'my-server-2',
      'my-server-3',
      'upstream',
      'upstream-2',
      'upstream-3',
      'zip',
    ]);
    assert.equal(new Set(Object.values(upstreams).map(({ command }) => command)).size, names.length);
  });

  test('keys that are those of a prototype are data', () => {
    const text = `{"mcpServers": {"__proto__": {"command": "/bin/x", "env": {"__proto__": "y", "constructor": "z"}}}}`;
    const { upstreams, left } = importClient(text);
    assert.deepEqual(Object.keys(upstreams), ['proto']);
    assert.deepEqual({ ...upstreams['proto']?.env }, { constructor: 'z' });
    assert.deepEqual(left, []);
    assert.equal(({} as Record<string, unknown>)['command'], undefined);
  });

  for (const [variable, value] of [
    ['GITHUB_PERSONAL_ACCESS_TOKEN', 'x'],
    ['githubToken', 'x'],
    ['OPENAI_APIKEY', 'x'],
    ['AWS_SECRET_ACCESS_KEY', 'x'],
    ['DB_PASS', 'x'],
    ['PGPASSWORD', 'x'],
    ['AUTHORIZATION', 'x'],
    ['JWT', 'x'],
    ['SENTRY_DSN', 'x'],
    ['CREDENTIALS', 'x'],
    ['DATABASE_URL', 'postgres://ann:hunter2@db.example.com/x'],
    ['HEADER', 'Bearer abcdefghijklmnopqrst'],
    ['SOMETHING', 'a8f5f167f44f4964e6c998dee827110c'],
    ['ASKED', '${input:asked}'],
  ] as const) {
    test(`${variable}=${value} is kept as a secret`, () => {
      const { upstreams, secrets } = of({ command: '/bin/x', env: { [variable]: value } });
      const name = `one-${variable.toLowerCase().replaceAll('_', '-')}`;
      assert.deepEqual(upstreams['one'], { command: '/bin/x', secrets: { [variable]: name } });
      assert.deepEqual(secrets, { [name]: value });
    });
  }

  test('what is no credential stays in the environment, and what is no variable goes', () => {
    const env = { LOG_LEVEL: 'debug', HOME_URL: 'https://example.com/a', PATHS: '/a:/b', 'not a variable': 'x', N: 4 };
    const { upstreams, secrets } = of({ command: '/bin/x', env });
    assert.deepEqual(upstreams['one']?.env, {
      LOG_LEVEL: 'debug',
      HOME_URL: 'https://example.com/a',
      PATHS: '/a:/b',
      N: '4',
    });
    assert.deepEqual(secrets, {});
  });

  test('no server is given the credential of another, nor one variable that of another', () => {
    const { upstreams, secrets } = importClient(
      JSON.stringify({
        mcpServers: {
          a: { command: '/bin/x', env: { B_TOKEN: 'of a', b_token: 'also of a' } },
          'a-b': { command: '/bin/y', env: { TOKEN: 'of a-b' } },
        },
      }),
    );
    const held = (id: string, variable: string): unknown => secrets[upstreams[id]?.secrets?.[variable] ?? ''];
    assert.equal(held('a', 'B_TOKEN'), 'of a');
    assert.equal(held('a', 'b_token'), 'also of a');
    assert.equal(held('a-b', 'TOKEN'), 'of a-b');
    const long = of({ command: '/bin/x', env: { [`${'A'.repeat(90)}_TOKEN`]: 'x', [`${'A'.repeat(90)}_KEY`]: 'y' } });
    assert.equal(Object.keys(long.secrets).length, 2);
    for (const name of Object.keys(long.secrets)) assert.match(name, /^[a-z][a-z0-9_-]{0,63}$/);
  });

  test('a credential among the arguments is named by its kind, and goes nowhere', () => {
    const imported = of({ command: 'npx', args: ['-y', 'pg@1.0.0', 'postgres://ann:hunter2@db.example.com/x'] });
    assert.deepEqual(imported, {
      upstreams: {},
      secrets: {},
      floating: {},
      left: ['one: a URL with a password is among its arguments. Give it in a variable of its environment'],
    });
  });
});
