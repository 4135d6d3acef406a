import type { Isolation, ToolEntry } from '../../pipeline/catalog.ts';

/** Where a tool's handler runs. */
export type PlaceHandler = (tool: Pick<ToolEntry, 'sandbox'>) => Isolation;

/**
 * Keeps a handler that executes, evaluates or parses what a caller sent out of the host's process: it runs where its
 * declaration or its needs say. With the control off every handler runs in the host, with all that the host has.
 */
export function configure(weakened: ReadonlySet<string>): PlaceHandler {
  if (weakened.has('sandboxed-tools')) return () => 'none';
  return ({ sandbox }) => sandbox;
}
