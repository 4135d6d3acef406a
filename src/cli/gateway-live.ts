import { readUpstreamParts } from '../config/open.ts';
import type { ConfigFile } from '../config/read.ts';
import type { LiveUpstreams } from '../config/watch.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { itemOfNeeds, keyOfItem, revokedIn, type UpstreamItem } from '../gateway/served-items.ts';
import { readLock } from '../gateway/lock.ts';
import type { Upstreams } from '../gateway/upstreams.ts';
import type { Recorder } from '../record/event.ts';
import type { Host } from '../server/host.ts';
import type { Meant } from '../server/replace.ts';
import { describeError } from '../text/describe-error.ts';
import { neutralise } from '../text/neutralise.ts';
import { insistOnOrder } from './gateway-trust.ts';
import { lockOf, openGateway, type OpenedGateway } from './gateway-open.ts';
import { Mistake } from './mistake.ts';

/** A running host that is made anew of what a gateway is made of. */
export interface LiveHost {
  readonly host: Pick<Host, 'replace' | 'withdraw'>;
  readonly recorder: Recorder;
  /** Told of each outcome, in a sentence for the operator. */
  readonly say: (level: 'info' | 'error', sentence: string) => void;
}

/** Follows what a gateway is made of, for the host that runs it. */
export type Live = (running: LiveHost) => LiveUpstreams;

/**
 * Makes what follows a gateway.
 * @param opened What the host was started with.
 * @param connected The upstreams that it is connected to.
 * @param source Where it stands.
 */
export function followGateway(opened: OpenedGateway, connected: Upstreams, source: ConfigFile): Live {
  const path = lockOf(source.file);
  return ({ host, recorder, say }) => {
    let now = opened;
    /** What was taken away since, by key. */
    let withdrawn: ReadonlyMap<string, UpstreamItem> = new Map();

    return {
      files: opened.files,
      async withdraw() {
        const lock = await readLock(path).catch(() => undefined);
        // What cannot be read says nothing of what was revoked; whoever takes it is told.
        if (lock === undefined) return;
        const known = revokedIn(now.lock);
        const since = new Map([...revokedIn(lock)].filter(([key]) => !known.has(key)));
        const fresh = [...since].filter(([key]) => !withdrawn.has(key)).map(([, item]) => item);
        withdrawn = since;
        if (fresh.length === 0) return;
        // INVARIANT: first it is gone, then it is told: a record that fails brings nothing back.
        const names = host.withdraw(isMeantBy(fresh)).map(({ name }) => neutralise(name));
        if (names.length === 0) return;
        say('info', `revoked, and not served any more: ${names.join(', ')}`);
        const about = { time: Date.now(), kind: 'config', request: '-', target: path } as const;
        const detail = `revoked: ${names.join(', ')}`.slice(0, 500);
        await recorder.append({ ...about, decision: 'accepted', detail }).catch((error: unknown) => {
          say('error', `The revocation is in force and could not be recorded: ${describeError(error)}`);
        });
      },
      async take(wanted, record, inForce) {
        const next = await openGateway(wanted, connected);
        await insistOnOrder(wanted, next.lock);
        const lacking = lackingIn(now, next, wanted);
        if (lacking.length > 0) throw new Mistake(lacking.map((line) => neutralise(line)).join('\n'));
        const repin = await next.repin();
        await host.replace(next.definition, {
          deployment: await readUpstreamParts(wanted, next.definition),
          record,
          inForce: () => {
            // INVARIANT: what was made of the lock of before does not bring back what was revoked since.
            const known = revokedIn(next.lock);
            if ([...withdrawn.keys()].some((key) => !known.has(key)))
              throw new Mistake('Something was revoked while the change was made. The lock is read again.');
            inForce();
            repin();
          },
        });
        const before = new Set(now.held);
        now = next;
        for (const line of next.held) if (!before.has(line)) say('info', `held: ${neutralise(line)}`);
      },
    };
  };
}

/**
 * What is meant by a revocation: the item itself, and each family of resources that may lead to one that is gone. The families
 * come back with the change that knows what they lead to.
 */
function isMeantBy(revoked: readonly UpstreamItem[]): Meant {
  const keys = new Set(revoked.map(keyOfItem));
  return (target, needs) => {
    const item = itemOfNeeds(needs);
    if (item === undefined) return false;
    if (keys.has(keyOfItem(item))) return true;
    const { template } = target.kind === 'resource' ? target : {};
    if (template === undefined) return false;
    return revoked.some(
      ({ id, kind, own }) =>
        id === item.id && (kind === 'resourceTemplates' || (kind === 'resources' && template.match(own) !== undefined)),
    );
  };
}

/**
 * What keeps a change from being taken: an upstream that is held as a whole, and what is served now, is still configured and
 * would not be any more. What was held before, or was revoked, keeps nothing else from changing.
 */
function lackingIn(now: OpenedGateway, next: OpenedGateway, { config }: ConfigFile): readonly string[] {
  const { upstreams = {} } = config;
  const whole = Object.keys(upstreams).filter(
    (id) => next.lock.upstreams[id]?.revoked === undefined && isHeld(next, id) && !isHeld(now, id),
  );
  const revoked = revokedIn(next.lock);
  const served = itemsIn(next);
  const items = [...itemsIn(now)].filter(
    ([key, item]) =>
      !served.has(key) && !revoked.has(key) && !whole.includes(item.id) && isConfigured(upstreams[item.id], item),
  );
  return [
    ...next.held.filter((line) => whole.some((id) => line.startsWith(`${id}: `))),
    ...items.map(
      ([, { id, own }]) =>
        next.held.find((line) => line.startsWith(`${id}, ${own}: `) || line.startsWith(`${id}: `)) ??
        `${id}, ${own}: it would not be served any more`,
    ),
  ];
}

function isHeld({ held }: OpenedGateway, id: string): boolean {
  return held.some((line) => line.startsWith(`${id}: `));
}

function itemsIn({ definition: { options } }: OpenedGateway): ReadonlyMap<string, UpstreamItem> {
  const all = [...(options.tools ?? []), ...(options.resources ?? []), ...(options.prompts ?? [])];
  const items = all.map((each) => itemOfNeeds(each.options.needs ?? {})).filter((item) => item !== undefined);
  return new Map(items.map((item) => [keyOfItem(item), item]));
}

function isConfigured(options: UpstreamOptions | undefined, { kind, own }: UpstreamItem): boolean {
  const { tools = {}, resources = {}, prompts = {} } = options ?? {};
  return Object.hasOwn(kind === 'tools' ? tools : kind === 'prompts' ? prompts : resources, own);
}
