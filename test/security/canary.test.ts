import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import type { Connection, Target } from '../../src/audit/rule.ts';
import { resultOf, textOf } from '../../src/audit/judge.ts';
import { WAYS } from '../../src/prove/prove.ts';
import { closeSharedIssuer, startTarget, type Way } from '../../src/prove/target.ts';
import type { Deployment } from '../../src/server/deployment.ts';
import { findCanary } from '../support/canary.ts';
import { startPostgres, WITHOUT_POSTGRES, type TestPostgres } from '../support/postgres.ts';
import { startVaultServer } from '../support/vault-server.ts';
import { declared, module, query, UPSTREAM } from './canary/server.ts';

const HAS_AGE = spawnSync('age', ['--version']).status === 0;
const HAS_BWRAP = spawnSync('bwrap', ['--version']).status === 0;
/** Values with characters that every encoding treats in its own way. */
const canary = (where: string): string => `Canary-in/${where}+${randomBytes(9).toString('base64url')}&"<~'w`;

let database: Promise<TestPostgres> | undefined;
after(async () => {
  await (await database)?.stop();
  await closeSharedIssuer();
});

/** Everything that holds a planted value, and what has been seen of them. */
async function plant(way: Way) {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-canary-'));
  const vault = await startVaultServer();
  const upstream = await startUpstream();
  const values = { file: canary('file'), age: canary('age'), vault: canary('vault'), env: canary('env') };
  const put = (name: string, text: string | Buffer): void => {
    writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const ageIdentity = HAS_AGE ? execFileSync('age-keygen', { encoding: 'utf8', stdio: 'pipe' }) : '';
  const encrypt = (value: string): void => {
    const [, recipient = ''] = /public key: (\S+)/.exec(ageIdentity) ?? [];
    put('age.age', HAS_AGE ? execFileSync('age', ['-r', recipient], { input: value }) : value);
  };
  put('identity', ageIdentity);
  put('file', values.file);
  put('upstream', canary('credential'));
  put('vault-token', 'hvs.a-token-of-the-canaries');
  encrypt(values.age);
  vault.allow('hvs.a-token-of-the-canaries');
  vault.put('app', { key: values.vault });
  const variable = `PORTCULLIS_CANARY_${way.transport}_${way.era}`.toUpperCase();
  process.env[variable] = values.env;
  mkdirSync(join(folder, 'documents'));
  writeFileSync(join(folder, 'documents', 'note.txt'), 'nothing here');
  const canaries = new Set<string>(Object.values(values));
  canaries.add(readFileSync(join(folder, 'upstream'), 'utf8'));
  for (const line of ageIdentity.split('\n')) if (line.startsWith('AGE-')) canaries.add(line);
  canaries.add('hvs.a-token-of-the-canaries');
  return { folder, vault, upstream, values, put, encrypt, canaries, variable };
}

type Planted = Awaited<ReturnType<typeof plant>>;

/** An upstream that says what it was sent, as badly written ones do. */
async function startUpstream() {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const credential = String(request.headers['authorization']);
    seen.push(credential);
    answer(request.url ?? '', credential, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    seen,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function answer(page: string, credential: string, response: ServerResponse): void {
  if (page === '/ok') response.end('fine');
  else if (page === '/huge') response.end(credential.repeat(20_000));
  else if (page === '/cut') response.socket?.destroy();
  else if (page === '/redirect')
    response.writeHead(302, { location: `/ok?with=${encodeURIComponent(credential)}` }).end();
  else {
    const bytes = Buffer.from(credential.replace('Bearer ', ''));
    const forms = [
      credential,
      encodeURIComponent(credential),
      encodeURIComponent(encodeURIComponent(credential)),
      JSON.stringify(JSON.stringify(credential)),
      bytes.toString('base64'),
      bytes.toString('base64url'),
      Buffer.from(bytes.toString('base64')).toString('base64'),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      JSON.stringify(bytes),
      inspect(bytes),
      Buffer.from(bytes.toString(), 'utf16le').toString('base64'),
    ];
    response.writeHead(page === '/echo' ? 200 : 500, { 'x-request-id': bytes.toString('base64') });
    response.end(forms.join('\n'));
  }
}

function deploymentOf(
  { folder, vault, upstream, variable }: Planted,
  postgres: TestPostgres | undefined,
  lines: string[],
) {
  const deployment: Partial<Deployment> = {
    module,
    secrets: {
      'in-file': { from: 'file:file', overlap: '1h' },
      'in-age': { from: HAS_AGE ? 'age:age.age' : 'file:age.age' },
      'in-vault': { from: 'vault:secret/data/app#key' },
      'in-env': { from: `env:${variable}` },
      upstream: { from: 'file:upstream' },
    },
    secretSettings: {
      folder,
      providers: {
        age: { identity: 'identity' },
        vault: { address: vault.address, auth: { kind: 'token', file: 'vault-token' } },
      },
      fingerprints: { folder: join(folder, 'fingerprints') },
    },
    hosts: { [UPSTREAM]: { standIn: upstream.url, credential: { scheme: 'Bearer', secret: 'upstream' } } },
    roots: { documents: join(folder, 'documents') },
    log: (line) => void lines.push(inspect(line, { depth: 9 })),
    ...(postgres === undefined
      ? {}
      : {
          sources: {
            desk: {
              postgres: {
                socket: postgres.socket,
                port: postgres.port,
                database: 'postgres',
                user: 'canary',
                password: 'in-vault',
              },
            },
          },
        }),
  };
  return deployment;
}

/** The processes below this one, with what the system shows of each to others. */
function readChildren(): readonly { readonly pid: string; readonly environment: string; readonly limits: string }[] {
  const parents = new Map<string, string>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    const parent = /^PPid:\s+(\d+)$/m.exec(readQuietly(`/proc/${pid}/status`))?.[1];
    if (parent !== undefined) parents.set(pid, parent);
  }
  const isBelow = (pid: string): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === String(process.pid) || isBelow(parent));
  };
  return [...parents.keys()].filter(isBelow).map((pid) => ({
    pid,
    environment: readQuietly(`/proc/${pid}/environ`) + readQuietly(`/proc/${pid}/cmdline`),
    limits: readQuietly(`/proc/${pid}/limits`),
  }));
}

/** A process may end while it is looked at. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function readAll(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** Calls everything that the server offers, right and wrong, and gives every text that came of it. */
async function callEverything(connection: Connection, era: Target['era'], names: readonly string[]) {
  const texts = new Map<string, string>();
  const send = async (label: string, method: string, params: Record<string, unknown> = {}) => {
    const meta = { progressToken: label, ...(era === 'modern' ? { 'io.modelcontextprotocol/logLevel': 'debug' } : {}) };
    const heard: string[] = [];
    const reply = await connection.request(method, params, {
      meta,
      answer: (question) => {
        heard.push(JSON.stringify(question));
        return { action: 'accept', content: { word: 'yes' } };
      },
    });
    texts.set(label, [reply.text, JSON.stringify([reply.headers, reply.notifications]), ...heard].join('\n'));
    return reply;
  };
  const call = (label: string, name: string, args: object = {}) => send(label, 'tools/call', { name, arguments: args });
  if (era === 'legacy') await connection.request('logging/setLevel', { level: 'debug' });
  for (const method of ['tools/list', 'resources/list', 'prompts/list', 'server/discover']) await send(method, method);
  const printed = await call('print', 'print');
  const inside = names.includes('print_inside') ? await call('print_inside', 'print_inside') : undefined;
  const environment = names.includes('environment') ? await call('environment', 'environment') : undefined;
  await call('fail', 'fail');
  await call('ask', 'ask');
  await call('keep', 'keep');
  for (const page of ['ok', 'echo', 'fail', 'cut', 'huge', 'redirect'])
    await call(`upstream ${page}`, 'upstream', { page });
  await call('wrong arguments', 'upstream', { page: 'none' });
  await call('no such tool', 'absent');
  if (names.includes('missing')) await call('missing', 'missing', { name: 'NOT_THERE' });
  for (const path of ['note.txt', 'absent.txt', '../file']) await call(`document ${path}`, 'document', { path });
  if (names.includes('query')) for (const wrong of [false, true]) await call(`query ${wrong}`, 'query', { wrong });
  await send('letter', 'resources/read', { uri: 'canary://letter' });
  await send('broken', 'resources/read', { uri: 'canary://broken' });
  await send('greeting', 'prompts/get', { name: 'greeting' });
  return { texts, printed, inside, environment };
}

for (const way of WAYS) {
  test(`no planted secret comes out of anything (${way.transport}, ${way.era})`, { timeout: 240_000 }, async (t) => {
    const postgres = WITHOUT_POSTGRES === false ? await (database ??= startPostgres()) : undefined;
    const planted = await plant(way);
    const { folder, canaries, values, upstream, vault } = planted;
    t.after(async () => {
      await Promise.all([upstream.close(), vault.close()]);
      rmSync(folder, { recursive: true, force: true });
    });
    const quoted = `'${values.vault.replaceAll("'", "''")}'`;
    await postgres?.sql('drop role if exists canary');
    await postgres?.sql(`create role canary login password ${quoted}`);
    const tools = [...(declared.tools ?? []), ...(postgres === undefined ? [] : [query])].filter(
      ({ options: { name } }) => HAS_BWRAP || !['print_inside', 'environment', 'missing'].includes(name),
    );
    const names = tools.map(({ options: { name } }) => name);
    const lines: string[] = [];
    process.on('warning', (warning) => lines.push(inspect(warning)));
    const fixture = { server: { ...declared, tools }, deployment: deploymentOf(planted, postgres, lines) };
    const { target, stop } = await startTarget(fixture, [], way);
    try {
      assert.equal(target.refusedToStart, undefined);
      const connection = await target.connect({ capabilities: { elicitation: {} } });
      const before = await callEverything(connection, way.era, names);
      const children = readChildren();

      // The planted values are in use: the upstream has had one, and the hash was made with another.
      assert.ok(upstream.seen.some((credential) => canaries.has(credential.replace('Bearer ', ''))));
      const mac = createHmac('sha256', values.file).update('probe').digest('hex');
      assert.ok(textOf(before.printed).includes(mac), before.printed.text);
      if (before.inside !== undefined) assert.ok(textOf(before.inside).includes(mac), before.inside.text);
      assert.match(before.texts.get('upstream ok') ?? '', /200 .*fine/);
      if (postgres !== undefined) assert.match(before.texts.get('query false') ?? '', /canary/);
      if (before.environment !== undefined) {
        assert.notEqual(resultOf(before.environment)?.['isError'], true, before.environment.text);
        assert.ok(children.length > 0);
        // What runs inside of a sandbox leaves no memory behind when it dies.
        assert.ok(children.some(({ limits }) => /Max core file size\s+0\s+0/.test(limits)));
      }

      // Every provider down, then rotated to new values: the old ones stay unspoken, and the new ones are.
      planted.put('file', 'short');
      vault.next(8, (_, response) => void response.writeHead(503).end(values.vault));
      await connection.request('tools/call', { name: 'print', arguments: {} });
      for (const name of ['file', 'upstream']) {
        const next = canary(`${name}-rotated`);
        canaries.add(next);
        planted.put(name, next);
      }
      const until = Date.now() + 20_000;
      while (
        (await target.records()).filter(({ decision }) => decision === 'accepted').length < 2 &&
        Date.now() < until
      )
        await new Promise((resolve) => setTimeout(resolve, 50));
      const later = await callEverything(connection, way.era, names);
      await connection.close();
      assert.equal(upstream.seen.length > 0 && new Set(upstream.seen).size, 2);

      const sinks = new Map<string, string>([
        ...[...before.texts].map(([label, text]) => [`before: ${label}`, text] as const),
        ...[...later.texts].map(([label, text]) => [`after: ${label}`, text] as const),
        ['the log', lines.join('\n')],
        ['the audit log', readAll(target.log?.directory ?? '')],
        ['the fingerprints', readAll(join(folder, 'fingerprints'))],
        ['the environment of the host', inspect(process.env)],
        ['a diagnostic report', JSON.stringify(process.report.getReport())],
        ...[...children, ...readChildren()].map(
          ({ pid, environment }) => [`the environment of child ${pid}`, environment] as const,
        ),
      ]);
      for (const [label, text] of sinks) {
        const found = findCanary(text, canaries);
        assert.equal(found, undefined, `${label} holds ${found ?? ''}`);
      }
      assert.ok(lines.length > 5 && (sinks.get('the audit log') ?? '').length > 1_000);
    } finally {
      await stop();
    }
  });
}
