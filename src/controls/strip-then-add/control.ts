import type { CapabilityContext } from '../../capabilities/capability.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** What stands beside the arguments of a call and beside its result, where it goes through. */
export interface Passed {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly meta: JsonObject;
  /** Takes the `_meta` of the upstream's result for the answer. */
  readonly answer: (meta: unknown) => void;
}

/** Lets through, by the context of a call, what the control would strip: nothing while it is on. */
export type PassOn = (context: CapabilityContext, exchange: Exchange) => void;

const passed = new WeakMap<CapabilityContext, Passed>();

/** What goes through with a call; `undefined` while the control is on. */
export function passedOf(context: CapabilityContext): Passed | undefined {
  return passed.get(context);
}

/** They are about the connection or the message, which is another one. */
const OWN = /^(?:host|connection|accept.*|content-.*|transfer-encoding|te|trailer|upgrade|user-agent|mcp-.*)$/;

/**
 * Strips what a caller says beside the arguments of its call, and an upstream beside its result: credentials, cookies,
 * identities that a proxy is said to have seen, `_meta` of vendors (PRX-01). A capability is handed no header of the request and no
 * `_meta`, so that a link can add what is its own and nothing else; and of a result, its `_meta` is not read. With the control off
 * all of it goes through, in both directions.
 */
export function configure(settings: Settings): PassOn {
  if (isOn(settings, 'strip-then-add')) return () => undefined;
  return function passOn(context: CapabilityContext, exchange: Exchange): void {
    const { http, message } = exchange;
    const headers = Object.entries(http?.headers ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' && !OWN.test(name) ? [[name, value] as const] : [],
    );
    const meta = message?.kind === 'request' ? message.params['_meta'] : undefined;
    passed.set(context, {
      headers: Object.fromEntries(headers),
      meta: isObject(meta) ? meta : {},
      answer: (said) => void (exchange.passedMeta = isObject(said) ? said : undefined),
    });
  };
}
