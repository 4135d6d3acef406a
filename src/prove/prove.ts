import type { Verdict } from '../audit/rule.ts';
import { insecureSymbol } from '../insecure.ts';
import type { ControlMeta } from '../pipeline/control.ts';
import type { Fixture, MadeGateway } from './fixture.ts';
import type { Slice } from './slice.ts';
import { startTarget, type Way } from './target.ts';
import { behindGateway } from './upstream.ts';

/** The ways over which a slice has to be proven on a server of its own. */
export const WAYS: readonly Way[] = [
  { transport: 'http', era: 'modern' },
  { transport: 'http', era: 'legacy' },
  { transport: 'stdio', era: 'modern' },
  { transport: 'stdio', era: 'legacy' },
];

/**
 * The ways over which it has to be proven in front of an upstream: both eras, and both transports where it has a meaning on
 * both. What lies between is the same code as on a server.
 */
export function gatewayWays({ reach }: ControlMeta): readonly Way[] {
  return [
    { transport: reach.http === true ? 'http' : 'stdio', era: 'modern', gateway: true },
    { transport: reach.stdio === true ? 'stdio' : 'http', era: 'legacy', gateway: true },
  ];
}

/** Why a control has no meaning on this way; `undefined` when it has one. */
export function reasonNot({ reach }: ControlMeta, { transport, era, gateway }: Way): string | undefined {
  const all = [gateway === true ? reach.gateway : (reach.server ?? true), reach[transport], reach[era]];
  for (const where of all) if (where !== true) return where.not;
  return undefined;
}

/** Runs a rule over a fixture. A fixture that was refused at start-up has been stopped: that is a pass. */
async function attack(
  { meta, rule, ...fixtures }: Slice,
  which: 'good' | 'bad',
  insecure: readonly symbol[],
  way: Way,
): Promise<Verdict> {
  const own = fixtures[which];
  const made = await madeFor(meta.id, which, own, insecure, way);
  if ('refused' in made) return { status: 'pass', why: `refused to start: ${made.refused}` };
  try {
    const { target, stop } = await startTarget(made.fixture, insecure, way);
    try {
      if (target.refusedToStart !== undefined)
        return { status: 'pass', why: `refused to start: ${target.refusedToStart.split('\n')[1] ?? ''}` };
      return rule.judge(await rule.gather(target));
    } finally {
      await stop();
    }
  } finally {
    await made.stop?.();
  }
}

type Made = (Omit<MadeGateway, 'stop'> & Partial<MadeGateway>) | { readonly refused: string };

async function madeFor(
  id: string,
  which: 'good' | 'bad',
  own: Fixture,
  insecure: readonly symbol[],
  way: Way,
): Promise<Made> {
  if (way.gateway !== true) return { fixture: own };
  if (own.gateway === undefined) return { fixture: await behindGateway(id, which, own, insecure) };
  try {
    return await own.gateway(insecure, way);
  } catch (error) {
    if (error instanceof TypeError) return { refused: error.message };
    throw error;
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
  const good = await attack(slice, 'good', [], way);
  const off = await attack(slice, 'bad', [symbol], way);
  const on = await attack(slice, 'bad', [], way);
  const startsGood = !good.why.startsWith('refused to start');
  return {
    good,
    off,
    on,
    holds: good.status === 'pass' && startsGood && off.status === 'fail' && on.status === 'pass',
  };
}
