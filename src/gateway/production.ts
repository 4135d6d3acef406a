import type { UpstreamOptions } from './options.ts';

/**
 * Why an upstream is not served in production as it is configured; `undefined` when it is. Somebody answers for it, and it does
 * not say itself where users sign in, nor what they allow there.
 */
export function unfitForProduction({ about, credential }: UpstreamOptions): string | undefined {
  if (about === undefined) return 'nobody answers for it. Write down its owner, purpose and next review under "about"';
  if (credential?.kind !== 'login') return undefined;
  const missing = (['issuer', 'scopes'] as const).filter((key) => credential[key] === undefined);
  if (missing.length === 0) return undefined;
  return `the upstream itself would say where users sign in or what they allow there. Write the ${missing.join(' and the ')} of its credential`;
}
