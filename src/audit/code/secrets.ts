import { secretIn } from '../secrets-in-files.ts';
import type { SecretFact } from './facts.ts';
import type { Module } from './ir.ts';
import { spotOf } from './notes.ts';
import { isForEverybody, keysOfPages } from './public-secrets.ts';
import { walk } from './walk.ts';

/** The texts of a file that are secrets, by their kind alone. */
export function secretsOf(module: Module): readonly SecretFact[] {
  const found = new Map<number, SecretFact>();
  walk(module, ({ kind, value, at }, name) => {
    if (kind !== 'literal' || typeof value !== 'string' || value.length > 20_000 || typeof at !== 'number') return;
    const secret = secretIn(name, value);
    if (secret !== undefined && isMeant(secret, value) && !isForEverybody(secret, name, value))
      found.set(at, { ...spotOf(module, at), secret, name: name.slice(0, 60), isBuilt: module.isBuilt });
  });
  if (found.size === 0) return [];
  const known = keysOfPages(module);
  return [...found].filter(([at]) => !known.has(at)).map(([, fact]) => fact);
}

/** In code a name such as `password` says little, and `Bearer` is a word of prose: the value has to look like one. */
function isMeant(secret: string, value: string): boolean {
  if (secret === 'an authorization header') return holdsToken(value);
  return secret !== 'a password' || (/^[^\s(){}<>[\]$]{8,80}$/.test(value) && /\d/.test(value) && /[a-z]/i.test(value));
}

/** Whether a token stands behind the scheme, and not the words of a sentence or the first parameter of a challenge. */
function holdsToken(value: string): boolean {
  const behind = value.matchAll(/\b(?:bearer|basic) +([A-Za-z0-9._~+/-]{16,})/gi);
  return [...behind].some(([, token = '']) => /\d/.test(token) && /[a-z]/i.test(token));
}
