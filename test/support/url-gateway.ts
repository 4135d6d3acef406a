import assert from 'node:assert/strict';
import { createGateway } from '../../src/gateway/definition.ts';
import type { Lock } from '../../src/gateway/lock.ts';
import type { UpstreamOptions } from '../../src/gateway/options.ts';
import { pinOffer } from '../../src/gateway/pin.ts';
import { createConnector, readyUpstream, type ConnectRuntime, type ReadyUpstream } from '../../src/gateway/ready.ts';
import type { Fixture } from '../../src/prove/fixture.ts';
import { startTarget, type RunningTarget, type Way } from '../../src/prove/target.ts';
import { createRuntime } from './runtime.ts';

/** Looks at upstreams behind URLs as `portcullis gateway pin` does, and approves all that they offer. */
export async function pinUrls(
  upstreams: Readonly<Record<string, UpstreamOptions>>,
  runtime: ConnectRuntime = createRuntime(),
): Promise<{ readonly lock: Lock; readonly ready: Readonly<Record<string, ReadyUpstream>> }> {
  const looked = Object.entries(upstreams).map(async ([id, options]) => {
    const upstream = await readyUpstream(id, options, '/nowhere');
    const connector = await createConnector(id, upstream, options.era ?? 'auto', runtime);
    const running = await connector.connect('', {});
    await running.stop();
    const { pinned } = pinOffer({ ...upstream.installed, era: running.era }, running.offer, undefined, new Set());
    const approved = { by: 'someone', at: '2026-01-01T00:00:00.000Z' };
    const tools = Object.entries(pinned.tools).map(([name, tool]) => [name, { ...tool, approved }]);
    return [id, upstream, { ...pinned, tools: Object.fromEntries(tools) }] as const;
  });
  const all = await Promise.all(looked);
  return {
    lock: { format: 'portcullis-lock-1', upstreams: Object.fromEntries(all.map(([id, , pinned]) => [id, pinned])) },
    ready: Object.fromEntries(all.map(([id, upstream]) => [id, upstream])),
  };
}

/** Serves upstreams behind URLs through the real host, as they were pinned, or as they are now. */
export async function startUrlGateway(
  upstreams: Readonly<Record<string, UpstreamOptions>>,
  way: Way,
  deployment: Fixture['deployment'] = {},
  pinned?: Awaited<ReturnType<typeof pinUrls>>,
): Promise<RunningTarget & { readonly held: readonly string[] }> {
  const { lock, ready } = pinned ?? (await pinUrls(upstreams));
  const { definition, held } = createGateway('gateway', lock, ready);
  const limits = { breakerFailures: 1_000, ...deployment?.limits };
  const running = await startTarget({ server: definition.options, deployment: { ...deployment, limits } }, [], way);
  assert.equal(running.target.refusedToStart, undefined);
  return { ...running, held };
}
