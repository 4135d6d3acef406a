import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { describeLaunch, digestLaunch } from './consent.ts';
import type { Installed } from './install.ts';
import type { UpstreamOptions } from './options.ts';

const installed: Installed = {
  source: 'server@1.0.0',
  integrity: 'code-1',
  program: '/usr/bin/node',
  args: ['/x/server.js', 'two words', '--a=b'],
  reads: [],
  facts: { packages: 3, installScripts: ['native-thing'], license: 'MIT' },
};
const options: UpstreamOptions = {
  package: 'server@1.0.0',
  args: ['two words', '--a=b'],
  env: { MODE: 'quiet' },
  secrets: { TOKEN: 'notes-token' },
  needs: { reads: ['/srv/docs'], memoryBytes: 33_554_432 },
  tools: { say: { effect: 'read' } },
};

suite('consent to a start', () => {
  test('shows all of it, and no value of a variable', () => {
    const said = describeLaunch('notes', options, installed).join('\n');
    assert.equal(
      said,
      `notes: this is started in a sandbox
  command      /usr/bin/node /x/server.js "two words" --a=b
  from         server@1.0.0
  integrity    sha256 code-1
  publisher    "it names none", "no repository", MIT
  packages     3, install scripts (never run): native-thing
  variables    MODE
  secrets      TOKEN=notes-token
  reads        /srv/docs
  writes       none
  memoryBytes  33554432
  network      none`,
    );
  });

  test('shows what is hidden in an argument', () => {
    const [, command] = describeLaunch('x', options, { ...installed, args: ['a\u202eb', 'c\nd'] });
    assert.equal(command, '  command      /usr/bin/node "a\\\\u{202e}b" "c\\\\nd"');
  });

  test('says what it cuts of a long argument, and which it was', () => {
    const lines = ['a', 'b'].map((end) => {
      const [, command] = describeLaunch('x', options, { ...installed, args: [`${'y'.repeat(5000)}${end}`] });
      return command ?? '';
    });
    assert.match(lines[0] ?? '', /y{2000}" \[cut: 5001 characters, SHA-256 [\w-]{43}\]$/);
    assert.notEqual(lines[0], lines[1]);
  });

  test('of a URL it shows where it is and what is sent there', () => {
    const credential = { kind: 'secret', secret: 'notes-token' } as const;
    const url = 'https://notes.example.com/mcp';
    const remote = { source: url, integrity: 'none', place: { url: new URL(url) } } as unknown as Installed;
    assert.deepEqual(describeLaunch('notes', { url, credential, tools: {} }, remote), [
      'notes: this is reached over the network',
      '  url          https://notes.example.com/mcp',
      '  credential   "{\\"kind\\":\\"secret\\",\\"secret\\":\\"notes-token\\"}"',
    ]);
    assert.notEqual(digestLaunch({ url, credential }, remote), digestLaunch({ url }, remote));
  });

  for (const [what, other, code] of [
    ['an argument', { args: ['two', 'words', '--a=b'] }, {}],
    ['the value of a variable', { env: { MODE: 'loud' } }, {}],
    ['a variable', { env: { MODE: 'quiet', NODE_OPTIONS: '--require /x' } }, {}],
    ['a secret', { secrets: { TOKEN: 'other-token' } }, {}],
    ['a need', { needs: { reads: ['/srv/docs'], network: 'unguarded' } }, {}],
    ['the program of the package', { bin: 'other' }, {}],
    ['the code', {}, { integrity: 'code-2' }],
    ['the package', {}, { source: 'server@1.0.1' }],
  ] as const)
    test(`another start asks anew: ${what}`, () => {
      assert.notEqual(
        digestLaunch({ ...options, ...other }, { ...installed, ...code }),
        digestLaunch(options, installed),
      );
    });

  test('what is served of it, who shares it and where it lies ask nobody', () => {
    const elsewhere = { ...installed, program: '/opt/node', args: ['/y/server.js'] };
    const { tools: _tools, ...rest } = options;
    const about = { owner: 'ann', purpose: 'Notes.', review: '2027-01-01' };
    assert.equal(digestLaunch({ ...rest, about, isolation: 'shared' }, elsewhere), digestLaunch(options, installed));
  });
});
