import { resolveResource } from '../../controls/deny-by-default/control.ts';
import type { Watched } from '../../pipeline/watched.ts';
import type { MethodCall } from './method.ts';

/**
 * Begins to hear of changes at the origin of a resource, where it has one outside of this server. Whoever calls has found out that
 * the caller may read it.
 * @throws Refusal when the origin does not tell.
 */
export async function watch(
  call: Pick<MethodCall, 'exchange' | 'parts' | 'perform'>,
  watched: Watched,
  uri: string,
): Promise<void> {
  const target = resolveResource(call.parts.settings.catalog, uri)?.target;
  const begin = target?.kind === 'resource' ? target.watch : undefined;
  if (begin === undefined) return watched.add(uri, () => undefined);
  await call.perform(target, async (ctx, isOver) => {
    const stop = await begin(uri, () => watched.tell(uri), ctx);
    // Too late: whoever asked has been told that it failed.
    if (isOver()) stop();
    else watched.add(uri, stop);
  });
}
