import { nearest } from '../options.ts';
import type { ProviderSettings } from './provider-settings.ts';

/** Where secrets can be. */
const SCHEMES = ['file', 'age', 'vault', 'aws', 'gcp', 'azure', 'env'] as const;

/** A provider of secrets. */
export type Scheme = (typeof SCHEMES)[number];

/** A reference, taken apart: `vault:secret/data/crm#token`. */
export interface Reference {
  readonly scheme: Scheme;
  /** What the provider reads: a path, a name. */
  readonly locator: string;
}

const EXAMPLES = 'Write where the secret is: file:/run/secrets/name, age:name.age, vault:secret/data/app#name.';
const MOST = 1024;

/** Whether the text begins as a reference does. */
export function parseReference(text: string): Reference | undefined {
  const colon = text.indexOf(':');
  const scheme = SCHEMES.find((known) => known === text.slice(0, colon));
  const locator = text.slice(colon + 1);
  if (scheme === undefined || locator === '' || text.length > MOST || /[\p{Cc}\p{Cf}]/u.test(text)) return undefined;
  return { scheme, locator };
}

/** Says what is wrong with a text that is no reference. INVARIANT: it may be the secret itself, so nothing of it is told. */
export function explainReference(text: string): string {
  const colon = text.indexOf(':');
  const exact = SCHEMES.find((known) => known === text.slice(0, colon));
  if (exact !== undefined) return `"${exact}:" must be followed by a place of at most ${MOST} printable characters.`;
  const near = colon < 1 ? undefined : nearest(text.slice(0, colon), SCHEMES, 2);
  return near === undefined
    ? `this is no reference, and a secret itself has no place here. ${EXAMPLES}`
    : `there is no such provider; did you mean "${near}:"?`;
}

/** Where a secret is, when that means the same on every machine. */
export function placeOf({ scheme, locator }: Reference, providers: ProviderSettings = {}): string | undefined {
  if (scheme === 'file' || scheme === 'age' || scheme === 'env') return undefined;
  return JSON.stringify([scheme, locator, providers[scheme]]);
}
