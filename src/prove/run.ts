import { gatewayWays, proveSlice, reasonNot, WAYS, type Proof } from './prove.ts';
import type { Slice } from './slice.ts';
import { closeSharedIssuer, type Way } from './target.ts';
import { closeUpstreams, gatherUpstreams, reasonNoGateway } from './upstream.ts';

/** What came of one way: a proof, or why there is none. */
export interface WayResult extends Way {
  readonly proof?: Proof;
  /** The control has no meaning on this way, or this machine has no sandbox for an upstream. */
  readonly not?: string;
  /** The proof could not be carried out. */
  readonly error?: string;
}

/** What came of one control over all ways. */
export interface ControlResult {
  readonly id: string;
  /** Ids of the catalogue that the control carries. */
  readonly catalogue: readonly string[];
  /** Every way on which the control has a meaning was proven, and there is one. */
  readonly holds: boolean;
  readonly ways: readonly WayResult[];
  /** A part of the slice could not be loaded. */
  readonly error?: string;
}

/** Attacks each slice, off and on, over every way; gives each result as it comes. */
export async function* prove(
  slices: ReadonlyMap<string, () => Promise<Slice>>,
): AsyncGenerator<ControlResult, void, undefined> {
  try {
    await gatherUpstreams([...slices.keys()]);
    for (const [id, load] of slices) yield await proveControl(id, load);
  } finally {
    await closeUpstreams();
    await closeSharedIssuer();
  }
}

async function proveControl(id: string, load: () => Promise<Slice>): Promise<ControlResult> {
  let slice: Slice;
  try {
    slice = await load();
  } catch (error) {
    return { id, catalogue: [], holds: false, ways: [], error: messageOf(error) };
  }
  const ways: WayResult[] = [];
  for (const way of [...WAYS, ...gatewayWays(slice.meta)]) ways.push(await proveWay(slice, way));
  const meant = ways.filter(({ not }) => not === undefined);
  const holds = meant.length > 0 && meant.every(({ proof }) => proof?.holds === true);
  return { id, catalogue: slice.meta.catalogue, holds, ways };
}

async function proveWay(slice: Slice, way: Way): Promise<WayResult> {
  const not = reasonNot(slice.meta, way) ?? (way.gateway === true ? await reasonNoGateway() : undefined);
  if (not !== undefined) return { ...way, not };
  try {
    return { ...way, proof: await proveSlice(slice, way) };
  } catch (error) {
    return { ...way, error: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
