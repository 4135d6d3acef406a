import { locateCredential } from '../../text/credential-shape.ts';
import { neutralise } from '../../text/neutralise.ts';

const LONGEST_BODY = 600;
const LONGEST_HEADER = 400;
/** How much of a body is looked through; what is kept lies well within. */
const LOOKED_AT = 16_384;
const SHORTEST_PART = 12;
const MOST_FINDS = 200;
const TOKEN_AT_END = /[A-Za-z0-9._~+/=%-]+$/;
const FORM = /[A-Za-z0-9._~+/=%-]*/y;

/** Cuts secrets out of what is kept: those that were given or received, and whatever looks like one. */
export interface Redactor {
  /** Marks a secret, so that it is named by its kind from now on; the same one always by the same number. */
  hide(secret: string, kind: string): void;
  body(text: string): string;
  header(name: string, value: string): string;
}

/** Creates a redactor that knows nothing yet. */
export function createRedactor(): Redactor {
  const known = new Map<string, string>();
  const numbers = new Map<string, string>();
  const nameOf = (secret: string, kind: string): string => {
    const name = numbers.get(secret) ?? `[${kind} ${numbers.size + 1}]`;
    numbers.set(secret, name);
    return name;
  };
  const clean = (text: string): string => {
    let rest = text;
    for (const [secret, name] of known) rest = rest.replaceAll(secret, name);
    return withoutShapes(rest, nameOf);
  };
  return {
    hide(secret, kind) {
      if (secret === '') return;
      const name = nameOf(secret, kind);
      // Whole first: a part of it must not be cut out before.
      for (const form of [secret, ...formsOf(secret)]) if (!known.has(form)) known.set(form, name);
    },
    body(text) {
      const start = text.length > LOOKED_AT ? text.slice(0, LOOKED_AT).replace(TOKEN_AT_END, '') : text;
      return shorten(neutralise(clean(start)), LONGEST_BODY);
    },
    header(name, value) {
      const text = name === 'set-cookie' ? withoutValues(value) : value;
      return shorten(neutralise(clean(text.slice(0, LOOKED_AT))), LONGEST_HEADER);
    },
  };
}

/** A secret in other writings, and the parts of a signed token, of which each alone says much. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const forms = [
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
  const parts = secret.split('.').filter((part) => part.length >= SHORTEST_PART);
  return [...forms, ...(parts.length > 1 ? parts : [])].filter((form) => form !== secret);
}

function withoutShapes(text: string, nameOf: (secret: string, kind: string) => string): string {
  let [done, rest] = ['', text];
  for (let find = 0; find < MOST_FINDS; find += 1) {
    const found = locateCredential(rest);
    if (found === undefined) return done + rest;
    FORM.lastIndex = found.index;
    const run = FORM.exec(rest)?.[0] ?? '';
    // Where it is no single word, such as a key in PEM or a header, nothing after it is kept.
    const isWord = run.length >= SHORTEST_PART;
    done +=
      rest.slice(0, found.index) + nameOf(isWord ? run : rest.slice(found.index), found.kind.replace(/^an? /, ''));
    if (!isWord) return done;
    rest = rest.slice(found.index + run.length);
  }
  return done;
}

/** A cookie by its name and attributes (RFC 6265 section 4.1). */
function withoutValues(cookies: string): string {
  return cookies.replace(/(^|, )([\w!#$%&'*+.^`|~-]+)=[^;,]*/g, '$1$2=[value]');
}

function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}...` : text;
}
