import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Exchange } from '../../pipeline/context.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isObject } from '../../protocol/json.ts';

/** Hears of what handlers touch that they did not declare. */
export interface Behaviour {
  /** Does the work of a call, so that what it touches is known to be of this call. */
  during<T>(exchange: Exchange, work: () => T): T;
  close(): void;
}

/** Tells the operator. */
type Report = (message: string, fields: Readonly<Record<string, string>>) => void;

/** Node publishes each refusal of its permission model on the channel of its kind. It asks for the inspector by itself. */
const CHANNELS = ['fs', 'child', 'worker', 'net', 'addon', 'wasi', 'ffi'].map(
  (kind) => `node:permission-model:${kind}`,
);

/** Refusals that are recorded of one call, and of all that belongs to no call: a loop must not fill the log. */
const MOST_PER_CALL = 10;
const MOST_ELSEWHERE = 100;

/**
 * Records what the runtime refused, with the call that it was refused to. The flags that make it refuse are set by
 * whoever starts the process (see `flags.ts`); without them there is nothing to hear, and `undefined` is given.
 */
export function configure(settings: Settings, report: Report): Behaviour | undefined {
  if (!isOn(settings, 'declared-behaviour') || process.permission === undefined) return undefined;
  const calls = new AsyncLocalStorage<Exchange>();
  const counts = new WeakMap<Exchange, number>();
  const elsewhere = new Set<string>();
  const heard = (message: unknown): void => {
    const detail = describe(settings, message);
    const exchange = calls.getStore();
    if (exchange === undefined) {
      if (elsewhere.size >= MOST_ELSEWHERE || elsewhere.has(detail)) return;
      elsewhere.add(detail);
    } else {
      const count = (counts.get(exchange) ?? 0) + 1;
      counts.set(exchange, count);
      if (count > MOST_PER_CALL) return;
    }
    note(settings, exchange, detail);
    report('undeclared behaviour was refused', {
      detail,
      request: exchange?.id ?? '-',
      target: exchange?.target?.name ?? '-',
    });
  };
  for (const channel of CHANNELS) subscribe(channel, heard);
  return {
    during: (exchange, work) => calls.run(exchange, work),
    close(): void {
      for (const channel of CHANNELS) unsubscribe(channel, heard);
    },
  };
}

function note({ recorder }: Settings, exchange: Exchange | undefined, detail: string): void {
  const { principal, target, transport, era } = exchange ?? {};
  recorder.note({
    time: Date.now(),
    kind: 'violation',
    request: exchange?.id ?? '-',
    control: 'declared-behaviour',
    decision: 'refused',
    detail,
    ...(transport === undefined ? {} : { transport }),
    ...(era === undefined ? {} : { era }),
    ...(target === undefined ? {} : { target: target.name }),
    ...(principal === undefined ? {} : { principal: principal.id, client: principal.client }),
  });
}

function describe({ redact }: Settings, message: unknown): string {
  const { permission, resource } = isObject(message) ? message : {};
  const what = typeof permission === 'string' ? permission : 'unknown';
  const which = typeof resource === 'string' && resource !== '' ? ` ${resource}` : '';
  return redact(`${what}${which}`).slice(0, 500);
}

/** Whether a thrown value is Node's refusal of what was not declared. Whatever was thrown, looking at it does not throw. */
export function isRefusal(error: unknown): boolean {
  try {
    return error instanceof Error && 'code' in error && error.code === 'ERR_ACCESS_DENIED';
  } catch {
    return false;
  }
}
