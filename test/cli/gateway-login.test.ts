import assert from 'node:assert/strict';
import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import { callTool, obtain, openSignedIn, PEOPLE, REDIRECT } from '../support/approval-world.ts';
import { approve, openBrowser, type Account } from '../support/browser.ts';
import { portcullis } from '../support/command.ts';
import { startUpstreamServer, urlAt } from '../support/credential-world.ts';
import { atEnd, freePort, scratch } from '../support/interop.ts';
import { errandIn, linkIn } from '../support/login-world.ts';
import { writeSecret } from '../support/write-secret.ts';

test('an upstream is pinned with a token, served to who signs in there, and logins are ended by command', async (t) => {
  const cwd = await scratch(t);
  const port = await freePort();
  const url = urlAt(port);
  const theirs = await startDevAuthorizationServer({
    profile: 'dev',
    host: '127.0.0.1',
    resource: url,
    scopes: { 'things:read': 'Read things.', 'things:write': 'Write things.' },
    users: Object.values(PEOPLE),
    clients: [{ clientId: 'operator', redirectUris: [REDIRECT] }],
  });
  atEnd(t, () => theirs.close());
  await startUpstreamServer(t, port, theirs.issuer);
  const token = await obtain(theirs.issuer, url, PEOPLE.carol, 'operator', 'things:read');
  const { from } = await writeSecret(cwd, 'look', token);
  await writeFile(
    join(cwd, 'portcullis.yaml'),
    [
      'profile: dev',
      'data: .portcullis',
      `secrets: { look: { from: "${from}" } }`,
      'upstreams:',
      `  things: { url: "${url}", credential: { kind: login, pinWith: look }, tools: { read: { effect: read } } }`,
    ].join('\n'),
  );
  const run = async (...args: readonly string[]): Promise<string> => {
    const command = portcullis(t, cwd, args);
    command.endInput();
    const code = await command.ended;
    const said = command.stdout() + command.stderr();
    assert.equal(code, 0, said);
    assert.ok(!said.includes(token));
    return said;
  };
  assert.match(await run('gateway', 'pin', '--yes'), /things: http:\/\/127\.0\.0\.1:\d+\/mcp, says it is things/);
  await run('gateway', 'approve', '--by', 'Ann Lee');
  const serving = portcullis(t, cwd, ['gateway', '--port', String(await freePort())]);
  const [, endpoint = ''] = await serving.until(/endpoint +(http:\S+)/);
  const [, issuer = ''] = await serving.until(/sign-in +(http:\S+)/);
  const [, password = ''] = await serving.until(/alice +password (\S+)/);
  const alice: Account = { name: 'alice', password };
  const registered = await fetch(`${issuer}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }),
  });
  const { client_id: client } = (await registered.json()) as { client_id: string };
  const own = await obtain(issuer, endpoint, alice, client, 'things:read');
  const connection = await connectHttp({ url: new URL(endpoint), era: 'modern', token: own, capabilities: {} });
  const call = () => callTool(connection, 'things__read', { thing: 'one' });
  const signIn = async (): Promise<void> => {
    const browser = openBrowser();
    const shown = await openSignedIn(browser, errandIn(await call()), alice);
    const answer = await approve(browser, linkIn(shown), PEOPLE.bob);
    const { origin } = new URL(endpoint);
    const done = await browser.visit(`${origin}/approvals/upstream/things/callback?${answer.toString()}`);
    assert.equal(done.status, 200, done.body);
  };
  await signIn();
  // Who they are there is theirs to say.
  assert.deepEqual(resultOf(await call())?.['structuredContent'], { who: 'bob', thing: 'one' });
  assert.match(await run('gateway', 'logout', 'things'), /Ended 1 login at things\./);
  assert.match(textOf(await call()), /LOGIN_REQUIRED/);
  assert.match(await run('gateway', 'logout', 'things'), /Ended 0 logins at things\./);
});

test('commands for logins say what is missing', async (t) => {
  const cwd = await scratch(t);
  await writeFile(
    join(cwd, 'portcullis.yaml'),
    'profile: dev\ndata: .portcullis\nupstreams:\n  a: { url: "https://a.example.com/mcp", credential: { kind: login } }\n  b: { url: "https://b.example.com/mcp" }\n',
  );
  const run = async (...args: readonly string[]): Promise<readonly [unknown, string]> => {
    const command = portcullis(t, cwd, args);
    command.endInput();
    return [await command.ended, command.stderr()];
  };
  const [code, said] = await run('gateway', 'logout', 'b');
  assert.equal(code, 1, said);
  assert.match(said, /has no upstream "b" at which users sign in/);
  assert.match((await run('gateway', 'login', 'a', 'alice'))[1], /nobody has signed in yet|no store/);
});
