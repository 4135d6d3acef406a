import type { JsonObject } from '../../protocol/json.ts';
import type { Target } from '../../pipeline/catalog.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** What leaves of definitions and of content. */
export interface MinimalFields {
  definition(entry: Target): JsonObject;
  /** Copies the named fields that the value has; with the control off, all of them. */
  project(value: JsonObject, fields: readonly string[]): JsonObject;
}

/**
 * Sends a client the allow-listed fields and no others: scopes, needs, digests and whatever a handler left on an object
 * stay here (OWASP minimum bar 3.3).
 */
export function configure(settings: Settings): MinimalFields {
  if (!isOn(settings, 'minimal-fields')) {
    return { definition: (entry) => ({ ...entry.definition, ...entry.internals }), project: (value) => value };
  }
  return {
    definition: (entry) => entry.definition,
    project(value: JsonObject, fields: readonly string[]): JsonObject {
      const kept: Record<string, unknown> = {};
      for (const field of fields) {
        const member = value[field];
        if (member !== undefined) kept[field] = member;
      }
      return kept;
    },
  };
}
