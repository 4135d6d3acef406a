import { fileURLToPath } from 'node:url';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';
import { server, type ServerDefinition } from '../../src/index.ts';
import { createGateway } from '../../src/gateway/definition.ts';
import { ITEM_KINDS } from '../../src/gateway/items.ts';
import type { Lock, PinnedItem, PinnedUpstream } from '../../src/gateway/lock.ts';
import type { UpstreamItemOptions, UpstreamOptions } from '../../src/gateway/options.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { createConnector, readyUpstream } from '../../src/gateway/ready.ts';
import type { Era } from '../../src/protocol/versions.ts';
import { createRuntime } from '../support/runtime.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const ID = 'everything';
const asks: NonNullable<UpstreamItemOptions['asks']> = ['elicitation', 'sampling', 'roots'];

/** The server of the suite as a process in its sandbox. */
export const OVER_STDIO: UpstreamOptions = {
  command: process.execPath,
  args: [fileURLToPath(new URL('everything-stdio.ts', import.meta.url))],
  needs: { reads: [PROJECT] },
};

/**
 * A gateway in front of a server, all of which is approved. The suite cannot log in, and calls what it calls by
 * its own names.
 */
export async function gatewayDefinition(
  place: UpstreamOptions,
  era: Era,
  what: 'all' | 'what can be' = 'all',
): Promise<ServerDefinition> {
  const options: UpstreamOptions = { ...place, era, prefix: '' };
  const ready = await readyUpstream(ID, { ...options, tools: { any: { effect: 'read', asks } } }, '/nowhere');
  const connector = await createConnector(ID, ready, era, createRuntime());
  const running = await connector.connect('', {});
  await running.stop();
  const { pinned: seen } = pinOffer({ ...ready.installed, era }, running.offer, undefined, new Set());
  const pinned = approveAll(seen);
  const lock: Lock = { format: 'portcullis-lock-1', upstreams: { [ID]: pinned } };
  const served = { ...ready, options: serveAll(options, pinned) };
  const { definition, held } = createGateway('gateway', lock, { [ID]: served });
  if (held.length > 0 && what === 'all') throw new Error(held.join('\n'));
  return server({ ...definition.options, insecure: [insecureWithoutAuthentication] });
}

function approveAll(pinned: PinnedUpstream): PinnedUpstream {
  const approved = { by: 'suite', at: '2026-01-01T00:00:00.000Z' };
  const kinds = ITEM_KINDS.map((kind) => {
    const items = Object.entries(pinned[kind] ?? {});
    return [kind, Object.fromEntries(items.map(([id, item]): [string, PinnedItem] => [id, { ...item, approved }]))];
  });
  return { ...pinned, ...Object.fromEntries(kinds) };
}

function serveAll(
  options: UpstreamOptions,
  { tools, resources, resourceTemplates, prompts }: PinnedUpstream,
): UpstreamOptions {
  const each = <T>(items: object | undefined, value: T): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.keys(items ?? {}).map((id) => [id, value]));
  return {
    ...options,
    tools: each(tools, { effect: 'read', asks } as const),
    resources: each({ ...resources, ...resourceTemplates }, { asks }),
    prompts: each(prompts, { asks }),
  };
}
