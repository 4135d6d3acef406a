import type { Verdict } from '../audit/rule.ts';
import { insecureSymbol } from '../insecure.ts';
import type { ControlMeta } from '../pipeline/control.ts';
import type { Fixture } from './fixture.ts';
import type { Slice } from './slice.ts';
import { startTarget, type Way } from './target.ts';

/** The ways over which a slice has to be proven. */
export const WAYS: readonly Way[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'stdio', era: 'legacy' },
];

/** Why a control has no meaning on this way; `undefined` when it has one. */
export function reasonNot({ reach }: ControlMeta, { transport, era }: Way): string | undefined {
  for (const where of [reach[transport], reach[era]]) if (where !== true) return where.not;
  return undefined;
}

/** Runs a rule over a fixture. A fixture that was refused at start-up has been stopped: that is a pass. */
async function attack({ rule }: Slice, fixture: Fixture, insecure: readonly symbol[], way: Way): Promise<Verdict> {
  const { target, stop } = await startTarget(fixture, insecure, way);
  try {
    if (target.refusedToStart !== undefined)
      return { status: 'pass', why: `refused to start: ${target.refusedToStart.split('\n')[1] ?? ''}` };
    return rule.judge(await rule.gather(target));
  } finally {
    await stop();
  }
}

/** What a proof came to on one way. */
export interface Proof {
  /** The right server. */
  readonly good: Verdict;
  /** The wrong server, its control switched off: the attack must succeed. */
  readonly off: Verdict;
  /** The wrong server, its control on: the attack must fail. */
  readonly on: Verdict;
  readonly holds: boolean;
}

/** Proves a slice on one way. */
export async function proveSlice(slice: Slice, way: Way): Promise<Proof> {
  const symbol = insecureSymbol(slice.meta.id);
  if (symbol === undefined) throw new Error(`${slice.meta.id}: no symbol switches it off`);
  const good = await attack(slice, slice.good, [], way);
  const off = await attack(slice, slice.bad, [symbol], way);
  const on = await attack(slice, slice.bad, [], way);
  const startsGood = !good.why.startsWith('refused to start');
  return {
    good,
    off,
    on,
    holds: good.status === 'pass' && startsGood && off.status === 'fail' && on.status === 'pass',
  };
}
