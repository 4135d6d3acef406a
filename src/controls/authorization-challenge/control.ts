import { challenge } from '../../identity/metadata.ts';
import type { Denial } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** The `WWW-Authenticate` value of a refusal; `undefined` where none belongs. */
export type Challenge = (denial: Denial) => string | undefined;

/**
 * Tells a refused client where the metadata is and every scope that the operation needs, so that it can log in or step
 * up without guessing (RFC 9728 section 5.1, RFC 6750 section 3).
 */
export function configure(settings: Settings): Challenge {
  const { http, catalog } = settings;
  if (http === undefined || !isOn(settings, 'authorization-challenge')) return () => undefined;
  const initial = catalog.initialScopes;
  return function challengeOf(denial: Denial): string | undefined {
    return challenge(denial, { metadataUrl: http.metadataUrl, scopes: initial });
  };
}
