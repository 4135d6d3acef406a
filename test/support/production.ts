import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { request as forward } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHttp } from '../../src/audit/http-client.ts';
import type { Connection } from '../../src/audit/rule.ts';
import { startDevAuthorizationServer } from '../../src/identity/dev-authorization-server.ts';
import { createCertificate, trustCertificate } from '../../src/prove/certificate.ts';
import { writePdf } from '../../examples/desk/stand-in/pdf.ts';
import desk from '../../examples/desk/server.ts';
import { obtain, PEOPLE, REDIRECT } from './approval-world.ts';
import { portcullis, type Command } from './command.ts';
import { atEnd, freePort } from './interop.ts';

/** The module that is served. */
export const DESK: string = fileURLToPath(new URL('../../examples/desk/server.ts', import.meta.url));

/** Folders and addresses of one production deployment of the desk. */
export interface Production {
  /** Folder of the configuration: the working directory of every command. */
  readonly etc: string;
  /** Folders of what is kept, and of the secrets. */
  readonly kept: string;
  readonly secrets: string;
  readonly origin: string;
  /** Value of a secret, as it was made. */
  readonly orderKey: string;
  /** Runs a command to its end. */
  command(...args: readonly string[]): Promise<Ended>;
  /** Starts `portcullis serve`, and waits until it serves. */
  serve(): Promise<Command>;
  /** An access token of that person's. */
  token(name: 'alice' | 'bob', scope: string): Promise<string>;
  connect(name: 'alice' | 'bob', scope: string): Promise<Connection>;
  /** Writes the configuration anew, with a change. */
  configure(change: (text: string) => string): Promise<void>;
}

/** How a command ended. */
export interface Ended {
  readonly code: number | NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Configurations of the guide: the whole one, the lines for a proxy, the lines for PostgreSQL. */
export async function guideConfigurations(): Promise<readonly string[]> {
  const guide = await readFile(new URL('../../docs/guides/production.md', import.meta.url), 'utf8');
  return [...guide.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text);
}

/**
 * Lays out what the guide says, in folders of its own, with an issuer beside it. Nothing is made that a command makes.
 * @param change What is different from the guide, before the places are put in.
 */
export async function layOut(t: TestContext, change: (text: string) => string = (text) => text): Promise<Production> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-production-'));
  atEnd(t, () => rm(folder, { recursive: true, force: true }));
  // A sandbox of root runs as another user, who has to reach its files.
  await chmod(folder, 0o711);
  const port = await freePort();
  const origin = `https://127.0.0.1:${port}`;
  const [etc, kept, secrets] = [join(folder, 'etc'), join(folder, 'kept'), join(folder, 'secrets')];
  for (const path of [etc, kept, secrets, join(kept, 'attachments', 'tic-1'), join(etc, 'policies')])
    await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(kept, 'attachments', 'tic-1', 'invoice.pdf'), writePdf(['Invoice 77', 'One kettle, 49.00']));
  const orderKey = randomBytes(24).toString('base64url');
  await writeFile(join(secrets, 'orders-key'), `${orderKey}\n`, { mode: 0o400 });
  for (const name of ['schema.sql', 'policies/refunds.cedar', 'policies/refunds.cases.yaml'])
    await writeFile(join(etc, name), await readFile(join(DESK, '..', name)));
  const { cert, key } = createCertificate();
  await writeFile(join(etc, 'tls.crt'), cert);
  await writeFile(join(etc, 'tls.key'), key, { mode: 0o600 });
  trustCertificate(cert);
  const authority = await startDevAuthorizationServer({
    profile: 'dev',
    host: '127.0.0.1',
    resource: `${origin}/mcp`,
    scopes: desk.options.scopes ?? {},
    users: [PEOPLE.alice, PEOPLE.bob],
    accessTokenSeconds: 600,
    clients: [
      { clientId: 'agent-1', redirectUris: [REDIRECT] },
      { clientId: 'desk-approvals', name: 'Approvals', redirectUris: [`${origin}/approvals/callback`] },
    ],
  });
  atEnd(t, () => authority.close());
  const [whole = ''] = await guideConfigurations();
  let text = change(whole)
    .replaceAll('https://desk.example.com', origin)
    .replaceAll('https://login.example.com', authority.issuer)
    .replaceAll('/var/lib/desk', kept)
    .replaceAll('/run/secrets', secrets)
    .replaceAll('2030-06-30', '2999-12-31')
    .replace('port: 8443', `port: ${port}`)
    .replace('host: 0.0.0.0', 'host: 127.0.0.1');
  const file = join(etc, 'portcullis.yaml');
  await writeFile(file, text);
  const tokenOf = (name: 'alice' | 'bob', scope: string): Promise<string> =>
    obtain(authority.issuer, `${origin}/mcp`, PEOPLE[name], 'agent-1', scope);
  return {
    etc,
    kept,
    secrets,
    origin,
    orderKey,
    async command(...args) {
      const run = portcullis(t, etc, args);
      return { code: await run.ended, out: run.stdout(), err: run.stderr() };
    },
    async serve() {
      const run = portcullis(t, etc, ['serve', DESK, '--config', 'portcullis.yaml']);
      await run.until(/"serving desk"/);
      return run;
    },
    token: tokenOf,
    async connect(name, scope) {
      const token = await tokenOf(name, scope);
      const capabilities = { elicitation: { form: {}, url: {} } };
      return connectHttp({ url: new URL(`${origin}/mcp`), era: 'modern', token, capabilities });
    },
    async configure(next) {
      text = next(text);
      await writeFile(file, text);
    },
  };
}

/** The commands of the guide up to `serve`; those that need nothing of each other run beside each other. */
export async function prepare(desk: Production): Promise<void> {
  const config = ['--config', 'portcullis.yaml'];
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, out, err } = await desk.command(...args);
    assert.equal(code, 0, `portcullis ${args.join(' ')}\n${out}${err}`);
    return out;
  };
  await Promise.all([
    run('keys', ...config),
    run('manifest', 'key', 'build.key'),
    run('manifest', 'key', 'approve.key'),
    run('manifest', 'build', DESK),
  ]);
  await run('manifest', 'sign', '--key', 'build.key');
  await run('manifest', 'sign', '--key', 'approve.key');
  const [, , cases, secrets] = await Promise.all([
    run('manifest', 'verify', DESK, ...config),
    run('config', 'check', 'portcullis.yaml'),
    run('policy', 'test', DESK, ...config),
    run('secrets', 'check', ...config),
    run('policy', 'check', DESK, ...config),
  ]);
  assert.match(cases, /^3 of 3 cases hold\.\n$/);
  assert.match(secrets, /, 0 to mend\.\n$/);
}

/** A proxy that speaks TLS in front of a port of this machine, and says so. */
export async function startProxy(t: TestContext, { etc, origin }: Production, to: number): Promise<void> {
  const [cert, key] = await Promise.all([readFile(join(etc, 'tls.crt')), readFile(join(etc, 'tls.key'))]);
  const proxy = createServer({ cert, key }, (request, response) => {
    const { method, url: path, headers } = request;
    const passed = { ...headers, 'x-forwarded-proto': 'https' };
    const onward = forward({ host: '127.0.0.1', port: to, method, path, headers: passed }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(Number(new URL(origin).port), '127.0.0.1', resolve));
  atEnd(t, () => new Promise((resolve) => proxy.close(resolve).closeAllConnections()));
}
