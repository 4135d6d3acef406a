import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { connectHttp } from '../../src/audit/http-client.ts';
import type { Connection, Reply } from '../../src/audit/rule.ts';
import { createStdioChannel } from '../../src/audit/stdio-client.ts';
import { followGateway } from '../../src/cli/gateway-live.ts';
import { openGateway } from '../../src/cli/gateway-open.ts';
import { follow } from '../../src/cli/follow.ts';
import { openDeployment } from '../../src/config/open.ts';
import { readConfig } from '../../src/config/read.ts';
import { digestLaunch } from '../../src/gateway/consent.ts';
import { writeLock, type Lock, type PinnedUpstream } from '../../src/gateway/lock.ts';
import type { UpstreamOptions } from '../../src/gateway/options.ts';
import { Upstreams } from '../../src/gateway/upstreams.ts';
import { manifestOf } from '../../src/prove/manifest.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import type { Way } from '../../src/prove/target.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { serveHttp, serveStream, type Host } from '../../src/server/host.ts';
import type { LogLine } from '../../src/server/deployment.ts';
import { pinned } from './gateway-target.ts';

const UPSTREAMS = fileURLToPath(new URL('upstreams', import.meta.url));

/** Options of an upstream whose calls last until a file `go` is in a folder. */
export function rooms(folder: string, marker: string, more: Partial<UpstreamOptions> = {}): UpstreamOptions {
  const each = { effect: 'write' as const, timeout: '10m' };
  return {
    command: process.execPath,
    args: [`${UPSTREAMS}/rooms.ts`, folder, marker],
    needs: { reads: [UPSTREAMS, folder] },
    isolation: 'shared',
    tools: { hold: each, who: each },
    resources: { 'rooms://hall': {}, 'rooms://books/{id}': {} },
    prompts: { greet: {} },
    ...more,
  };
}

/** What is written to the files that a gateway is made of. */
export interface Written {
  readonly upstreams: Readonly<Record<string, UpstreamOptions>>;
  /** Changes what was pinned and approved of each. */
  readonly pin?: (id: string, pinned: PinnedUpstream) => PinnedUpstream;
  /** Whether two keys sign what is served of the first of it. */
  readonly signed?: boolean;
  /** Further sections of the configuration. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** A gateway that runs in this process, of files in a folder, and follows them. */
export interface LiveGateway {
  readonly folder: string;
  readonly host: Host;
  /** What the operator was told. */
  readonly lines: readonly string[];
  readonly events: readonly AuditEvent[];
  /** Writes both files anew, and resolves with what became of it. */
  change(written: Written): Promise<'taken' | 'refused'>;
  /** Writes one of the files as it is given, and resolves with what became of it. */
  put(file: 'portcullis.yaml' | 'portcullis.lock', text: string): Promise<'taken' | 'refused'>;
  read(file: 'portcullis.yaml' | 'portcullis.lock'): Promise<string>;
  /** Has what the files say now signed by two keys, and resolves with what became of it. */
  sign(): Promise<'taken' | 'refused'>;
  /** Has records fail from now on. */
  failRecords(): void;
  connect(who?: string, capabilities?: JsonObject): Promise<Connection>;
  /** Ends it; what it started has ended then. */
  stop(): Promise<void>;
}

const MANIFEST = {
  manifest: {
    file: 'manifest.json',
    build: [{ key: 'build.pub', owner: 'ci', until: '2999-12-31' }],
    approve: [{ key: 'approve.pub', owner: 'ann', until: '2999-12-31' }],
  },
};

const at = '2026-01-01T00:00:00.000Z';

/** Pins and approves upstreams as somebody does who consents to all of it. */
export async function lockOf({ upstreams, pin = (_, each) => each }: Written): Promise<Lock> {
  const looked = await Promise.all(
    Object.entries(upstreams).map(async ([id, options]) => {
      const { launch, pin: seen } = await pinned(id, options);
      return { id, seen: pin(id, seen), digest: digestLaunch(options, launch.installed) };
    }),
  );
  return {
    format: 'portcullis-lock-1',
    upstreams: Object.fromEntries(looked.map(({ id, seen }) => [id, seen])),
    consents: Object.fromEntries(looked.map(({ id, digest }) => [id, { digest, by: 'someone', at }])),
  };
}

/** Starts a gateway of these upstreams. */
export async function startLiveGateway(
  t: TestContext,
  way: Way,
  written: (folder: string) => Written,
): Promise<LiveGateway> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-live-'));
  // Where the tests are root, the sandbox is another user.
  await chmod(folder, 0o755);
  const issuer = await startIssuer();
  const ends: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true }), () => issuer.close()];
  let fails = false;
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> =>
    (stopping ??= (async () => {
      fails = false;
      for (const end of ends.toReversed()) await end();
    })());
  t.after(stop);
  const config = join(folder, 'portcullis.yaml');
  const lock = join(folder, 'portcullis.lock');
  const first = written(folder);
  const text = ({ upstreams, more }: Written): string =>
    JSON.stringify({
      profile: 'dev',
      data: 'kept',
      auth: { issuers: [{ issuer: issuer.issuer }] },
      limits: { breakerFailures: 1_000, concurrentPerTool: 64, perMinutePrincipal: 100_000, burstPrincipal: 10_000 },
      upstreams,
      ...(first.signed === true ? MANIFEST : {}),
      ...more,
    });
  const sign = async (): Promise<void> => {
    const { definition } = await openGateway(await readConfig(config));
    const { envelope, trust } = manifestOf(definition.options);
    await writeFile(join(folder, 'build.pub'), trust.build[0]?.key ?? '');
    await writeFile(join(folder, 'approve.pub'), trust.approve[0]?.key ?? '');
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(envelope));
  };
  await writeFile(config, text(first));
  await writeLock(lock, await lockOf(first));
  if (first.signed === true) await sign();
  const source = await readConfig(config);
  const connected = new Upstreams();
  const opened = await openGateway(source, connected);
  const open = await openDeployment(source, opened.definition, () => undefined);
  ends.push(() => open.close());
  const lines: string[] = [];
  const events: AuditEvent[] = [];
  const insist = (): void => {
    if (fails) throw new Error('the disk is full');
  };
  const recorder: Recorder = {
    append: async (event) => {
      insist();
      events.push(event);
      return open.log.append(event);
    },
    note: (event) => {
      events.push(event);
      if (!fails) open.log.note(event);
    },
    get healthy() {
      return !fails && open.log.healthy;
    },
    close: () => Promise.resolve(),
  };
  const log = ({ message }: LogLine): void => void lines.push(message);
  const { http: _http, auth: _auth, ...rest } = { ...open.deployment, recorder, log };
  const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
  const host =
    way.transport === 'http'
      ? await serveHttp(opened.definition, { ...open.deployment, recorder, log, http: { port: 0 } })
      : await serveStream(opened.definition, rest, toServer, fromServer);
  const channel = createStdioChannel(toServer, fromServer);
  const reloader = follow(source, {
    host,
    recorder,
    redact: (line) => line,
    say: (_, line) => void lines.push(line),
    live: followGateway(opened, connected, source),
  });
  ends.push(async () => {
    reloader.close();
    toServer.end();
    await host.ended;
    await host.close();
  });
  const outcome = async (): Promise<'taken' | 'refused'> => {
    await reloader.reload();
    const last = lines.findLast((line) => /^configuration: |stays in force/.test(line)) ?? '';
    return last.startsWith('configuration: ') ? 'taken' : 'refused';
  };
  const gateway: LiveGateway = {
    folder,
    host,
    lines,
    events,
    async change(next) {
      await writeLock(lock, await lockOf(next));
      return gateway.put('portcullis.yaml', text(next));
    },
    async put(file, next) {
      await writeFile(join(folder, file), next);
      return outcome();
    },
    async sign() {
      await sign();
      return outcome();
    },
    read: (file) => readFile(join(folder, file), 'utf8'),
    failRecords: () => void (fails = true),
    async connect(who = 'alice', capabilities = {}) {
      if (way.transport === 'stdio') return channel.open(way.era, capabilities);
      const aud = host.settings.http?.resource;
      const token = await issuer.mint({ aud, sub: who, scope: host.settings.catalog.scopes.join(' ') });
      return connectHttp({ url: new URL(host.url ?? ''), era: way.era, token, capabilities });
    },
    stop,
  };
  return gateway;
}

/** What a request says: its result, or the code of its refusal, as JSON. */
export function said({ message }: Reply): string {
  const { result, error } = (message ?? {}) as {
    readonly result?: object;
    readonly error?: { readonly data?: object };
  };
  return JSON.stringify(result ?? error?.data ?? error ?? null);
}

/** A call that is held on purpose may last as long as a slow machine takes for everything else. */
const PATIENCE_MS = 200_000;

/** Calls a tool of an upstream of rooms, and gives what it says. */
export async function callRoom(client: Connection, tool: string, key = 'k', id = 'up'): Promise<string> {
  const params = { name: `${id}__${tool}`, arguments: { key } };
  return said(await client.request('tools/call', params, { hangUpMs: PATIENCE_MS }));
}

/** The name that a process of rooms has of its own. */
export async function bootOf(client: Connection, id = 'up'): Promise<string> {
  const words = await callRoom(client, 'who', 'k', id);
  return /"text":"([0-9a-f-]{36}) k"/.exec(words)?.[1] ?? assert.fail(words);
}
