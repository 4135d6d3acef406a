import { mayUse } from '../../pipeline/catalog.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Keeps of a list what this caller may use. */
export type Visible = <T extends { readonly scopes: readonly string[] }>(
  entries: Iterable<T>,
  principal: Principal,
) => T[];

/**
 * Lists only what the caller may use. The answer depends on the authorization that came with the request, never on the
 * connection or on what was called before (MCP 2026-07-28 server/tools, server/resources).
 */
export function configure(settings: Settings): Visible {
  if (!isOn(settings, 'filtered-discovery')) return (entries) => [...entries];
  return (entries, principal) => {
    const visible = [];
    for (const entry of entries) if (mayUse(entry, principal)) visible.push(entry);
    return visible;
  };
}
