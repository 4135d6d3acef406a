import { META } from '../../protocol/versions.ts';
import type { JsonObject } from '../../protocol/json.ts';
import type { Catalog } from '../../pipeline/catalog.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { Method } from './method.ts';

/** Milliseconds for which a client may keep a list; change notifications invalidate it sooner. */
export const LIST_TTL_MS = 60_000;

/** What the server can do, as both eras announce it. */
export function capabilitiesOf(catalog: Catalog): JsonObject {
  const hasResources = catalog.resources.size > 0 || catalog.templates.length > 0;
  const completes = [...catalog.prompts.values(), ...catalog.templates].some((entry) => entry.complete.size > 0);
  return {
    logging: {},
    ...(catalog.tools.size > 0 ? { tools: { listChanged: true } } : {}),
    ...(hasResources ? { resources: { listChanged: true, subscribe: true } } : {}),
    ...(catalog.prompts.size > 0 ? { prompts: { listChanged: true } } : {}),
    ...(completes ? { completions: {} } : {}),
  };
}

/** The `_meta` that names this server on every modern result. */
export function serverMeta({ catalog }: Settings): JsonObject {
  return { [META.serverInfo]: catalog.server };
}

/** `server/discover` (MCP 2026-07-28 server/discover). */
export const discover: Method = ({ parts: { settings } }) => ({
  supportedVersions: settings.versions,
  capabilities: capabilitiesOf(settings.catalog),
  ...(settings.catalog.instructions === undefined ? {} : { instructions: settings.catalog.instructions }),
  ttlMs: LIST_TTL_MS,
  cacheScope: 'private',
});
