import type { Capability, CapabilityContext } from '../capabilities/capability.ts';
import { contextKey } from '../controls/cache-isolation/control.ts';
import { configure as configureExtensions } from '../controls/closed-extensions/control.ts';
import { configure as configureSeparation, type Separation } from '../controls/distinct-upstreams/control.ts';
import { configure as configureVersions } from '../controls/exact-versions/control.ts';
import { configure as configureRegister } from '../controls/registered-upstreams/control.ts';
import { configure as configureDuties } from '../controls/separate-approver/control.ts';
import { passedOf } from '../controls/strip-then-add/control.ts';
import { weakenedBy } from '../insecure.ts';
import type { ReverseChannel } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { server, type ServerDefinition } from '../server/server.ts';
import { ITEMS, type ItemKind } from './items.ts';
import { LinkError, type LinkCall } from './link.ts';
import type { Lock, PinnedItem, PinnedUpstream } from './lock.ts';
import { mostKept, openKept } from './kept.ts';
import type { UpstreamItemOptions, UpstreamResourceOptions, UpstreamToolOptions } from './options.ts';
import type { Connector } from './connector.ts';
import { neutralise } from '../text/neutralise.ts';
import { createConnector, declaresOf, isShared, secretsOfUpstream, type ReadyUpstream } from './ready.ts';
import {
  Made,
  promptOf,
  resourceOf,
  templateOf,
  toolOf,
  type Apart,
  type Serving,
  type UpstreamCall,
} from './served.ts';
import { questionOf } from './reverse.ts';
import { findHistoryProblem, stateOf } from './states.ts';
import { hear, type TalkEvents } from './talk.ts';
import { keyOfUpstream, Upstreams } from './upstreams.ts';

/** A gateway as a server, and what of its configuration is not served. */
export interface Gateway {
  readonly definition: ServerDefinition;
  /** One line for each item that is configured and not served, with why. */
  readonly held: readonly string[];
  /**
   * Makes ready that upstreams which are connected already are held to their pins of now. The function that is given back
   * does it, in one step.
   */
  repin(): Promise<() => void>;
}

/**
 * Makes a server of what is pinned and configured: what the upstreams offer, under the same controls as what one writes
 * oneself. What is served is made of the lock; an upstream is started by the first call of each principal.
 * @param insecure Controls to switch off, by their exported symbols.
 * @param connected The upstreams that a running gateway is connected to, when this is to take its place.
 */
export function createGateway(
  name: string,
  lock: Lock,
  upstreams: Readonly<Record<string, ReadyUpstream>>,
  insecure: readonly symbol[] = [],
  connected: Upstreams = new Upstreams(),
): Gateway {
  const off = weakenedBy(insecure);
  const separation = configureSeparation(off);
  const made = new Made(separation);
  const on = { off, connected, pins: new Map<string, PinnedUpstream>() };
  for (const [id, ready] of Object.entries(upstreams)) {
    const neighbours = { separation, names: namesOfOthers(id, upstreams) };
    serveUpstream(id, ready, lock.upstreams[id], made, on, neighbours);
  }
  const { tools, resources, prompts, held } = made;
  return {
    definition: server({ name, version: '1.0.0', tools, resources, prompts, insecure }),
    held,
    async repin() {
      const ready = await Promise.all([...on.pins].map(([key, pinned]) => connected.repin(key, pinned)));
      return () => ready.forEach((repin) => repin?.());
    },
  };
}

/** What keeps an upstream apart from its neighbours, and the names of their tools. */
interface Neighbours {
  readonly separation: Separation;
  readonly names: ReadonlySet<string>;
}

/** Names of the tools that other upstreams serve: their own, and those that clients see. */
function namesOfOthers(id: string, upstreams: Readonly<Record<string, ReadyUpstream>>): ReadonlySet<string> {
  const { prefix = id, tools: served = {} } = upstreams[id]?.options ?? {};
  const names = Object.entries(upstreams).flatMap(([other, { options }]) =>
    Object.keys(other === id ? {} : (options.tools ?? {})).flatMap((name) => {
      const whole = nameUnder(options.prefix ?? other, name);
      // What both have, each under a prefix, is one's own where one speaks of it.
      const isOwnToo = Object.hasOwn(served, name) && nameUnder(prefix, name) !== whole;
      return isOwnToo ? [whole] : [name, whole];
    }),
  );
  return new Set(names);
}

function nameUnder(prefix: string, own: string): string {
  return prefix === '' ? own : `${prefix}__${own}`;
}

function whyNot(item: PinnedItem): string {
  const { by, reason = 'no reason' } = item.history?.at(-1) ?? {};
  if (stateOf(item) === 'revoked') return `${by} has revoked it: ${reason}`;
  return `nobody has approved it: it is ${stateOf(item)}. Run: portcullis gateway approve`;
}

function serveUpstream(
  id: string,
  ready: ReadyUpstream,
  pinned: PinnedUpstream | undefined,
  made: Made,
  on: Links,
  neighbours: Neighbours,
): void {
  if (pinned === undefined) return made.hold(id, 'it is not pinned. Run: portcullis gateway pin');
  const { off } = on;
  if (!configureVersions(off).isSame(pinned, ready.installed))
    return made.hold(id, `${ready.installed.source} is not what was pinned. Run: portcullis gateway pin`);
  const { era = 'legacy' } = pinned;
  if (ready.options.era !== undefined && ready.options.era !== 'auto' && ready.options.era !== era)
    return made.hold(id, `it is pinned in the ${era} era, and configured in another. Run: portcullis gateway pin`);
  const link = createLinks(id, ready, pinned, on);
  const extensions = configureExtensions(off);
  const duties = configureDuties(off);
  const { prefix = id, tools = {}, resources = {}, prompts = {} } = ready.options;
  const apart = apartOf(pinned, Object.keys(resources));
  const serving = (kind: ItemKind, own: string): Serving => ({
    id,
    own,
    name: nameUnder(prefix, own),
    prefix,
    // What is behind a URL is outside, and sees nothing of this machine.
    needs: ready.options.url === undefined ? (ready.options.needs ?? {}) : { network: 'unguarded' },
    marks: ready.options.mark === true,
    completes: pinned.capabilities?.includes('completions') === true,
    link: (options) => link(kind, own, options),
    closes: !on.off.has('bounded-schemas'),
    apart,
  });
  const each = <O extends UpstreamItemOptions>(
    kind: ItemKind,
    own: string,
    options: O,
    make: (serving: Serving, item: PinnedItem, options: O) => string | undefined,
  ): void => {
    const what = `${id}, ${own}`;
    const item = pinned[kind]?.[own];
    if (item === undefined) return made.hold(what, `the upstream has no such ${ITEMS[kind].one}`);
    if (item.approved === undefined) return made.hold(what, whyNot(item));
    const disorder = duties.orderProblem(findHistoryProblem(item));
    if (disorder !== undefined) return made.hold(what, `${disorder}. Run: portcullis gateway pin`);
    const extension = extensions.extensionOf(item.definition);
    if (extension !== undefined) return made.hold(what, `it is of the extension ${extension}, and extensions are off`);
    const orders = neighbours.separation.steers(item.definition, neighbours.names);
    if (orders !== undefined)
      return made.hold(what, `it gives orders about a tool of another upstream: ${neutralise(orders)}`);
    const problem = make(serving(kind, own), item, options);
    if (problem !== undefined) made.hold(what, problem);
  };
  const routed = configureRegister(off).routed(tools, Object.keys(pinned.tools), UNLISTED);
  for (const [own, options] of Object.entries(routed))
    each('tools', own, options, (it, item, more) => made.addTool(it, toolOf(it, item, more)));
  for (const [own, options] of Object.entries(resources)) {
    if (pinned.resourceTemplates?.[own] === undefined)
      each('resources', own, options, (it, item, more) => made.addResource(it, resourceOf(it, item, more)));
    else each('resourceTemplates', own, options, (it, item, more) => made.addResource(it, templateOf(it, item, more)));
  }
  for (const [own, options] of Object.entries(prompts))
    each('prompts', own, options, (it, item, more) => made.addPrompt(it, promptOf(it, item, more)));
}

function apartOf(pinned: PinnedUpstream, configured: readonly string[]): Apart {
  const revoked = (kind: ItemKind): readonly string[] =>
    Object.entries(pinned[kind] ?? {}).flatMap(([name, item]) => (stateOf(item) === 'revoked' ? [name] : []));
  return { uris: [...configured, ...revoked('resources')], templates: revoked('resourceTemplates') };
}

/** What a tool that nobody lists would be: it is routed to only while a control is off. */
const UNLISTED: UpstreamToolOptions = Object.freeze({ effect: 'read' });

const REVERSE_CHANNELS: readonly ReverseChannel[] = ['elicitation', 'sampling', 'roots'];

/** Ids of the controls that are switched off. */
type Weakened = ReadonlySet<string>;

type LinkOf = (kind: ItemKind, own: string, options: UpstreamResourceOptions) => Capability<UpstreamCall>;

/** What all upstreams of a gateway are linked with. */
interface Links {
  readonly off: Weakened;
  readonly connected: Upstreams;
  /** Pins by the key of the connections that they are for. */
  readonly pins: Map<string, PinnedUpstream>;
}

/** The capabilities of what an upstream offers. They share its processes, which end with the last of them. */
function createLinks(id: string, upstream: ReadyUpstream, pinned: PinnedUpstream, on: Links): LinkOf {
  const { era = 'legacy' } = pinned;
  const { off, connected, pins } = on;
  const shared = isShared(upstream.options) || off.has('state-keying');
  const key = keyOfUpstream(id, upstream, era, shared);
  pins.set(key, pinned);
  const options = { holds: !off.has('definition-drift'), extensions: configureExtensions(off) };
  return (kind, own, { asks: mayAsk = [], cache }) => ({
    kind: 'upstream',
    declares: Object.freeze({
      upstream: id,
      [ITEMS[kind].one]: own,
      ...(mayAsk.length === 0 ? {} : { asks: [...mayAsk] }),
      ...declaresOf(upstream, era),
    }),
    async open(runtime) {
      // INVARIANT: what it uses of the deployment is there before anything is served.
      for (const name of secretsOfUpstream(upstream.options)) runtime.secrets.get(name);
      const mostMs = mostKept(id, own, { asks: mayAsk, cache }, upstream.options);
      const connect = async (): Promise<Connector> => upstream.connector ?? createConnector(id, upstream, era, runtime);
      const isolates = !runtime.weakened.has('cache-isolation');
      const keeps = () => openKept(isolates, runtime.store);
      const lease = await connected.lend({ id, key, pinned, shared, connect, keeps, options });
      const { pool: ready, credential, talks } = lease;
      const asks = new Set<ReverseChannel>(off.has('reverse-channels') ? REVERSE_CHANNELS : mayAsk);
      const errand = credential?.errand;
      const signed = credential?.during;
      return {
        ...(errand === undefined ? {} : { errand }),
        grant: (context: CapabilityContext): UpstreamCall => ({
          watch(uri, changed) {
            const begin = () => ready.watch(context.principal.id, { kind, id: own }, uri, changed);
            return signed === undefined ? begin() : signed(context, begin);
          },
          async request(method, params, listener) {
            const { principal, carried, carry = () => undefined, wantsProgress = true, logLevel } = context;
            const passed = passedOf(context);
            const sent = passed === undefined ? params : { ...params, _meta: passed.meta };
            const isKept = mostMs !== undefined && method === 'resources/read';
            const keep = isKept ? { context: contextKey(principal), mostMs } : undefined;
            const upstream = (events: Omit<TalkEvents, 'ask'>, more: Partial<LinkCall>): Promise<JsonObject> => {
              const send = () =>
                ready.request(principal.id, { kind, id: own, keep }, method, sent, {
                  headers: passed?.headers,
                  // The deadline is the call's, whose end is heard by the signal.
                  timeoutMs: Infinity,
                  onLog: events.log,
                  logLevel,
                  // A talk goes on with later rounds of its call, which may want what this one does not.
                  ...(wantsProgress || asks.size > 0
                    ? { onProgress: ({ progress, total }) => events.progress(progress, total) }
                    : {}),
                  ...more,
                });
              return signed === undefined ? send() : signed(context, send);
            };
            // What an earlier round began is gone on with, though it may ask nothing any more: nothing is asked twice.
            if (asks.size === 0 && carried === undefined) {
              const result = await upstream(hear(listener), { signal: listener.signal });
              passed?.answer(result['_meta']);
              return result;
            }
            try {
              const can = new Set([...asks].filter((channel) => listener.canAsk(KIND_OF[channel])));
              return await talks.run(principal.id, { carried, carry }, listener, (events, signal) =>
                upstream(events, { signal, asks: can, onRequest: answering(id, asks, events) }),
              );
            } catch (error) {
              throw error instanceof LinkError ? ready.refusal(error) : error;
            }
          },
        }),
        close: () => lease.end(),
      };
    },
  });
}

/** What a client has to be able to do for each. */
const KIND_OF = { elicitation: 'form', sampling: 'sampling', roots: 'roots' } as const;

/** Answers what an upstream asks in the middle of a request, as far as it may ask. */
function answering(id: string, asks: ReadonlySet<ReverseChannel>, { ask }: TalkEvents): LinkCall['onRequest'] {
  return async (method, params, name = 'answer') => {
    const question = questionOf(id, asks, method, params);
    if ('refused' in question) throw new LinkError('refused', question.refused);
    const { [name]: answer } = await ask({ [name]: question });
    return isObject(answer) ? answer : {};
  };
}
