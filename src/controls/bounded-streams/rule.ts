import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { judge, refused, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, RequestOptions, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

const STREAMS = 2;
const CALLS = 3;
const ATTEMPTS = 100;
const ATTEMPT_MS = 20;
/** Milliseconds that an expired stream is waited for. */
const PATIENCE_MS = 6_000;
const CALL = 'one call more than may be in progress';
const FOREIGN = 'a URI of another';
const STREAM = 'one stream more than may be open';
const WATCHED = 'one URI more than may be watched';
const REVOKED = 'a change of what is no longer shared';
const EXPIRED = 'a stream beyond the life of its token';

/** Opens one more of everything than is allowed, watches what it may not see, and outlives its rights. */
export const rule: Rule = {
  id: 'bounded-streams',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a call', reply: await echo(connection) }];
    const open = `notes://open/${randomUUID()}`;
    const watch = await watchOne(target, connection, open);
    seen.push({ label: 'a URI of its own', fact: watch });
    if (watch) seen.push(...(await attack(target, connection)));
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = new Set(observations.map(({ label }) => label));
    const optional: Readonly<Record<string, (observation: Observation) => boolean>> = {
      [STREAM]: refused,
      [WATCHED]: refused,
      [REVOKED]: ({ fact }) => isObject(fact) && fact['before'] === true && fact['after'] === false,
      [EXPIRED]: ({ reply }) => reply?.message !== undefined,
    };
    return judge(observations, {
      baseline: { 'a call': served, 'a URI of its own': ({ fact }) => fact === true },
      attacks: {
        [CALL]: refused,
        [FOREIGN]: ({ fact }) => fact === false,
        ...Object.fromEntries(Object.entries(optional).filter(([label]) => labels.has(label))),
      },
    });
  },
};

async function attack(target: Target, connection: Connection): Promise<readonly Observation[]> {
  const foreign = await watchOne(target, connection, `notes://foreign/${randomUUID()}`);
  const seen: Observation[] = [{ label: FOREIGN, fact: foreign }, await tooManyCalls(connection)];
  if (target.era === 'legacy') return seen;
  const uris = Array.from({ length: 5 }, (_, index) => `notes://open/${index}`);
  seen.push({ label: WATCHED, reply: await hangUpOnFirst(connection, uris) });
  seen.push(await tooManyStreams(connection), { label: REVOKED, fact: await revokedShare(connection) });
  if (target.mint !== undefined) {
    const exp = Math.floor(Date.now() / 1000) + 3;
    const token = await target.mint({ sub: 'carol', scope: 'text:read', iat: exp - 60, exp });
    const brief = await target.connect({ token });
    const reply = await brief.request('subscriptions/listen', filter([]), { hangUpMs: PATIENCE_MS });
    seen.push({ label: EXPIRED, reply });
  }
  return seen;
}

const echo = (connection: Connection): Promise<Reply> =>
  connection.request('tools/call', { name: 'echo', arguments: { text: 'probe' } });

const filter = (resourceSubscriptions: readonly string[]): JsonObject => ({
  notifications: { toolsListChanged: true, resourceSubscriptions },
});

/** A request that stays open: when it has begun (or was answered), and how it is ended. */
interface Held {
  readonly begun: Promise<void>;
  readonly heard: readonly JsonObject[];
  readonly next: (wanted: (notification: JsonObject) => boolean) => Promise<boolean>;
  readonly end: () => Promise<Reply>;
}

function holdOpen(connection: Connection, method: string, params: JsonObject, more: RequestOptions = {}): Held {
  const gone = new AbortController();
  const heard: JsonObject[] = [];
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  let over = false;
  const reply = connection.request(method, params, {
    ...more,
    signal: gone.signal,
    onNotification(notification) {
      heard.push(notification);
      tell();
    },
  });
  void reply.finally(() => {
    over = true;
    tell();
  });
  const next = (wanted: (notification: JsonObject) => boolean) =>
    new Promise<boolean>((resolve) => {
      const look = () => {
        if (heard.some(wanted)) resolve(true);
        else if (over) resolve(false);
      };
      listeners.add(look);
      look();
    });
  return {
    begun: next(() => true).then(() => undefined),
    heard,
    next,
    end() {
      gone.abort();
      return reply;
    },
  };
}

/** Holds as many calls open as are allowed, and makes one more. */
async function tooManyCalls(connection: Connection): Promise<Observation> {
  const held = Array.from({ length: CALLS }, () => {
    const progressToken = randomUUID();
    const call = holdOpen(connection, 'tools/call', { name: 'hold', arguments: {} }, { meta: { progressToken } });
    return { ...call, begun: call.next(({ params }) => isObject(params) && params['progressToken'] === progressToken) };
  });
  await Promise.all(held.map(({ begun }) => begun));
  const reply = await echo(connection);
  await Promise.all(held.map(({ end }) => end()));
  return { label: CALL, reply };
}

async function tooManyStreams(connection: Connection): Promise<Observation> {
  const held: Held[] = [];
  for (let count = 0; count < STREAMS; count++) {
    held.push(await openStream(connection, []));
  }
  const reply = await hangUpOnFirst(connection, []);
  await Promise.all(held.map(({ end }) => end()));
  return { label: STREAM, reply };
}

/** Opens a stream, again while the server has yet to notice that earlier ones were hung up. */
async function openStream(connection: Connection, uris: readonly string[]): Promise<Held> {
  for (let attempt = 1; ; attempt++) {
    const stream = holdOpen(connection, 'subscriptions/listen', filter(uris));
    await stream.begun;
    if (stream.heard.length > 0 || attempt === ATTEMPTS) return stream;
    await stream.end();
    await pause(ATTEMPT_MS);
  }
}

function hangUpOnFirst(connection: Connection, uris: readonly string[]): Promise<Reply> {
  const stream = holdOpen(connection, 'subscriptions/listen', filter(uris));
  return stream.begun.then(() => stream.end());
}

/** Whether the server agrees to watch a URI. */
async function watchOne({ era }: Target, connection: Connection, uri: string): Promise<boolean> {
  if (era === 'legacy') return served({ label: uri, reply: await connection.request('resources/subscribe', { uri }) });
  const { notifications } = await (await openStream(connection, [uri])).end();
  return notifications.some(({ params }) => JSON.stringify(params ?? {}).includes(`"${uri}"`));
}

/** Whether changes of a share are told before and after it was taken back; another URI tells when to stop waiting. */
async function revokedShare(connection: Connection): Promise<JsonObject> {
  const batch = randomUUID();
  const [shared, open] = [`notes://shared/${batch}`, `notes://open/${batch}`];
  const call = (name: string) => connection.request('tools/call', { name, arguments: { batch } });
  const stream = await openStream(connection, [shared, open]);
  const updates = (uri: string) =>
    stream.heard.filter(({ method, params }) => method === 'notifications/resources/updated' && uriOf(params) === uri);
  const told = (count: number) => stream.next(() => updates(open).length >= count);
  await call('touch');
  await told(1);
  const before = updates(shared).length;
  await call('unshare');
  await call('touch');
  await told(2);
  const after = updates(shared).length;
  await stream.end();
  return { before: before === 1, after: after > before };
}

function uriOf(params: unknown): unknown {
  return isObject(params) ? params['uri'] : undefined;
}
