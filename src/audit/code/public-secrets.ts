import { walk } from './walk.ts';
import type { Module } from './ir.ts';

/*
 * What looks like a credential and is none: addresses in messages and documentation, keys that are made to stand in clients, and
 * words about a key.
 */

const URL_WITH_PASSWORD =
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#@:"'<>]{0,100}):([^\s/?#@"'<>]{1,200})@([^\s/?#:"'<>,)\]`]{0,200})/gi;
/** What is written where a person is to write something else, with a number behind it at most. */
const SAMPLE =
  /^(?:user(?:name)?|usr|login|name|me|admin|root|postgres|pass(?:word|wd|phrase)?|passw0rd|pwd|pw|secret|token|key|api|apikey|cred(?:ential)?s?|example|sample|test|demo|foo|bar|baz|changeme|change|this|your|my|the|some|here|x+|\*+|\.+|\d{1,5})$/i;
const PLACEHOLDER = /^(?:[{$%*[(]|\.\.\.)/;
const SAMPLE_HOST =
  /^(?:localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0|[^.]*|(?:.*\.)?example(?:\.\w+)?|.*\.(?:test|invalid|localhost|local))$/i;

/** Whether what was found in a text is there for everybody to read, or stands for something else. */
export function isForEverybody(secret: string, name: string, value: string): boolean {
  const plain = value.trim();
  if (secret === 'a URL with a password' || secret === 'a password in a URL') return isSampleAddress(plain);
  if (secret === 'a private key') return !/PRIVATE KEY-----\s*(?:\\n)?\s*[A-Za-z0-9+/=]{16}/.test(plain);
  if (secret === 'a signed token') return isAnonymous(plain);
  if (secret === 'a random value under the name of a credential') return isPublicKey(name, plain);
  return false;
}

function isSampleAddress(text: string): boolean {
  const found = [...text.matchAll(URL_WITH_PASSWORD)];
  return (
    found.length > 0 &&
    found.every(([whole, user = '', password = '', host = '']) => {
      if (PLACEHOLDER.test(password)) return true;
      const isProse = /\s/.test(text.replace(whole, '')) || SAMPLE_HOST.test(host) || isSample(user);
      return isProse && (isSample(password) || password === user);
    })
  );
}

function isSample(text: string): boolean {
  const words = text.split(/[-_.]/);
  return text !== '' && words.every((word) => SAMPLE.test(word.replace(/(?<=[a-z])\d{1,4}$/i, '')));
}

/** Keys that say that they are public, and the address that errors are sent to: `https://key@host/number`. */
function isPublicKey(name: string, value: string): boolean {
  return (
    /^(?:sb_publishable_|pk_(?:live|test)_|pk\.|phc_|pub(?:lic)?[-_])/.test(value) ||
    /^https:\/\/[0-9a-f]{32}@[^/\s:@]+(?::\d+)?(?:\/[^\s]*)?\/\d+$/.test(value) ||
    /publishable|(?:public|anon|write|site|search|search_?only|instrumentation|client_?side)(?:_?api)?_?key/i.test(name)
  );
}

/** A token of somebody who has not signed in. */
function isAnonymous(token: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null && 'role' in claims && claims.role === 'anon';
  } catch {
    return false;
  }
}

const BROWSER = ['authDomain', 'messagingSenderId', 'measurementId'];

/** Where the keys stand that a page in a browser is set up with, beside the names of what they are for. */
export function keysOfPages(module: Module): ReadonlySet<number> {
  const found = new Set<number>();
  walk(module, ({ kind, fields }) => {
    if (kind !== 'object' || !Array.isArray(fields)) return;
    const all = fields as readonly { readonly name?: string; readonly value?: { readonly at?: number } }[];
    if (!all.some(({ name = '' }) => BROWSER.includes(name))) return;
    for (const { name, value } of all) if (name === 'apiKey' && typeof value?.at === 'number') found.add(value.at);
  });
  return found;
}
