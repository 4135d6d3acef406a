import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { connectHttp, sendRaw } from '../audit/http-client.ts';
import type { Reply, Target, TargetOperator, TokenClaims } from '../audit/rule.ts';
import { createStdioChannel } from '../audit/stdio-client.ts';
import { REGISTER_CHANNEL, REGISTER_KEY } from '../controls/kill-switch/register.ts';
import { configure as openRecorder } from '../controls/log-integrity/control.ts';
import { configure as createLogRedactor } from '../controls/log-redaction/control.ts';
import { principalId } from '../identity/principal-id.ts';
import { weakenedBy } from '../insecure.ts';
import type { Principal } from '../pipeline/principal.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Era } from '../protocol/versions.ts';
import { loadOrCreateKey, verifierKey } from '../record/keys.ts';
import { serveHttp, serveStream, type Host } from '../server/host.ts';
import { server } from '../server/server.ts';
import { trustCertificate } from './certificate.ts';
import { startChild } from './child-target.ts';
import { startConfined } from './confined-target.ts';
import type { Fixture } from './fixture.ts';
import { startIssuer, type TestIssuer } from './issuer.ts';
import type { Way } from './way.ts';

export type { Way } from './way.ts';

/** A running target, and how to end it. */
export interface RunningTarget {
  readonly target: Target;
  readonly stop: () => Promise<void>;
}

const ORIGIN = 'portcullis/target';

let shared: Promise<TestIssuer> | undefined;

/** One issuer for all targets of this process. */
export function sharedIssuer(): Promise<TestIssuer> {
  shared ??= startIssuer();
  return shared;
}

/** Ends the shared issuer, so that the process can. */
export async function closeSharedIssuer(): Promise<void> {
  await (await shared)?.close();
  shared = undefined;
}

/** Starts a fixture, weakened by the symbols, and gives a rule what it needs to attack it. Start-up refusals are a fact, not an error. */
export async function startTarget(fixture: Fixture, insecure: readonly symbol[], way: Way): Promise<RunningTarget> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-target-'));
  if (fixture.confined !== undefined) return confinedTarget(fixture, fixture.confined, insecure, way, folder);
  const weakened = weakenedBy(insecure);
  const origin = ORIGIN;
  const key = await loadOrCreateKey(join(folder, 'key.pem'));
  const directory = join(folder, 'log');
  const redactor = createLogRedactor(weakened);
  const recorder = await openRecorder(weakened, { directory, origin, key, redactor });
  const definition = server({ ...fixture.server, insecure });
  const issuer = await sharedIssuer();
  const sources = fixture.deployment?.sources;
  const deployment = {
    profile: 'dev' as const,
    ...fixture.deployment,
    recorder: fixture.deployment?.recorder ?? recorder,
    redactor,
    ...(sources === undefined ? {} : { sources }),
    auth: { issuers: [{ issuer: issuer.issuer }], ...fixture.deployment?.auth },
  };
  const log = { directory, publicKey: verifierKey(origin, key) };
  const stopLog = async () => {
    await recorder.close();
    await rm(folder, { recursive: true, force: true });
  };
  const records = () => readRecords(directory);
  try {
    if (way.transport === 'http') {
      const http = { port: 0, ...fixture.deployment?.http };
      if (http.tls !== undefined) trustCertificate(http.tls.cert);
      const host = await serveHttp(definition, { ...deployment, http });
      await fixture.prepare?.(host.settings, issuer.issuer);
      const operator = createOperator(host, {
        id: principalId(issuer.issuer, undefined, 'alice'),
        client: 'test-client',
      });
      const target = { ...(await httpTarget(addressOf(host), way.era, issuer, { log, records })), operator };
      return { target, stop: () => host.close().then(stopLog) };
    }
    if (fixture.ownProcess !== undefined) {
      const child = startChild(fixture.ownProcess, insecure, way.era);
      const target: Target = { ...base(way, { log, records }), ...child.target };
      return { target, stop: () => child.stop().then(stopLog) };
    }
    const [toServer, fromServer] = [new PassThrough(), new PassThrough()];
    const host = await serveStream(definition, deployment, toServer, fromServer);
    const channel = createStdioChannel(toServer, fromServer);
    const target: Target = {
      ...base(way, { log, records }),
      operator: createOperator(host, host.settings.localPrincipal),
      connect: ({ capabilities = {} } = {}) => channel.open(way.era, capabilities),
      line: (text) => channel.line(text),
    };
    const stop = async () => {
      toServer.end();
      await host.ended;
      await host.close();
      await stopLog();
    };
    return { target, stop };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { target: { ...base(way, { log, records }), refusedToStart: error.message }, stop: stopLog };
  }
}

type Evidence = Pick<Target, 'log' | 'records'>;

function base({ transport, era }: Way, evidence: Evidence): Target {
  const nothing = () => Promise.reject(new Error('not of this transport'));
  return {
    transport,
    era,
    url: undefined,
    mint: undefined,
    token: undefined,
    refusedToStart: undefined,
    connect: nothing,
    raw: nothing,
    line: nothing,
    ...evidence,
  };
}

/** How a target is reached over HTTP. */
interface Address {
  readonly url: string;
  readonly resource: string | undefined;
  readonly scopes: readonly string[];
}

function addressOf({ url = '', settings }: Host): Address {
  return { url, resource: settings.http?.resource, scopes: settings.catalog.scopes };
}

async function confinedTarget(
  fixture: Fixture,
  module: string,
  insecure: readonly symbol[],
  way: Way,
  folder: string,
): Promise<RunningTarget> {
  const issuer = await sharedIssuer();
  const key = await loadOrCreateKey(join(folder, 'key.pem'));
  const options = { transport: way.transport, folder, issuer: issuer.issuer, origin: ORIGIN };
  const child = await startConfined(fixture, module, insecure, options);
  const directory = join(folder, 'log');
  const evidence = { log: { directory, publicKey: verifierKey(ORIGIN, key) }, records: () => readRecords(directory) };
  const stop = async () => {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  };
  if (child.http !== undefined) return { target: await httpTarget(child.http, way.era, issuer, evidence), stop };
  const channel = createStdioChannel(child.input, child.output);
  const target: Target = {
    ...base(way, evidence),
    connect: ({ capabilities = {} } = {}) => channel.open(way.era, capabilities),
    line: (text) => channel.line(text),
  };
  return { target, stop };
}

async function httpTarget(address: Address, era: Era, issuer: TestIssuer, evidence: Evidence): Promise<Target> {
  const url = new URL(address.url);
  const mint = (claims: TokenClaims, header: JsonObject = {}): Promise<string> =>
    issuer.mint({ aud: address.resource, ...claims }, header);
  const token = await mint({ sub: 'alice', scope: address.scopes.join(' ') });
  return {
    ...base({ transport: 'http', era }, evidence),
    url,
    mint,
    token,
    connect: (options = {}) =>
      connectHttp({
        url,
        era,
        token: options.token === null ? undefined : (options.token ?? token),
        capabilities: options.capabilities ?? {},
      }),
    raw: (request): Promise<Reply> => sendRaw(url, request),
  };
}

function createOperator({ switches, settings }: Host, caller: Pick<Principal, 'id' | 'client'>): TargetOperator {
  const nameOf = (kind: 'tool' | 'client' | 'principal', tool: string | undefined): string =>
    kind === 'tool' ? (tool ?? '') : kind === 'client' ? caller.client : caller.id;
  return {
    disable: (kind, tool) => switches.disable({ kind, name: nameOf(kind, tool), reason: 'drill', by: 'operator' }),
    enable: async (kind, tool) => void (await switches.enable(kind, nameOf(kind, tool))),
    async forge(): Promise<void> {
      await settings.store.put(REGISTER_KEY, JSON.stringify({ sequence: 1000, switches: [] }), 60_000);
      await settings.store.publish(REGISTER_CHANNEL, '1000');
    },
  };
}

async function readRecords(directory: string): Promise<readonly JsonObject[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.jsonl')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .flatMap((line) => {
      const value: unknown = JSON.parse(line);
      return isObject(value) ? [value] : [];
    });
}
