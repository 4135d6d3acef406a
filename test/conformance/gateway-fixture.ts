import { fileURLToPath } from 'node:url';
import { insecureWithoutAuthentication } from '../../src/insecure.ts';
import { server, type ServerDefinition } from '../../src/index.ts';
import { createGateway } from '../../src/gateway/definition.ts';
import { install } from '../../src/gateway/install.ts';
import { ITEM_KINDS } from '../../src/gateway/items.ts';
import { startUpstream, type Launch } from '../../src/gateway/launch.ts';
import type { Lock, PinnedItem, PinnedUpstream } from '../../src/gateway/lock.ts';
import type { UpstreamItemOptions, UpstreamOptions } from '../../src/gateway/options.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const ID = 'everything';
const asks: NonNullable<UpstreamItemOptions['asks']> = ['elicitation', 'sampling', 'roots'];

/**
 * A gateway in front of the server of the suite, all of which is approved. The suite cannot log in, and calls what it calls by
 * its own names.
 */
export async function gatewayDefinition(): Promise<ServerDefinition> {
  const options: UpstreamOptions = {
    command: process.execPath,
    args: [fileURLToPath(new URL('everything-stdio.ts', import.meta.url))],
    needs: { reads: [PROJECT] },
    prefix: '',
  };
  const installed = await install(ID, options, '/nowhere');
  const launch: Launch = {
    id: ID,
    installed,
    needs: options.needs ?? {},
    environment: () => Promise.resolve({}),
    support: await detectSandbox(),
    log: () => undefined,
  };
  const running = await startUpstream(launch);
  await running.stop();
  const pinned = approveAll(pinOffer(installed, running.offer, undefined, new Set()).pinned);
  const lock: Lock = { format: 'portcullis-lock-1', upstreams: { [ID]: pinned } };
  const { definition, held } = createGateway('gateway', lock, {
    [ID]: { options: serveAll(options, pinned), installed },
  });
  if (held.length > 0) throw new Error(held.join('\n'));
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
