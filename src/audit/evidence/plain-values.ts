import { findCredential } from '../../text/credential-shape.ts';
import { membersOf, type Located } from '../gather/located.ts';
import { secretIn } from '../secrets-in-files.ts';
import type { HeldSecret } from './subject.ts';

const LONGEST = 2000;
const MOST_VALUES = 50_000;
/** What looks drawn by chance because it is, and is no secret. */
const PUBLIC = /(?:^|[a-z])(?:id|kid|digest|sha256|fingerprints?|commit|hash|version|files|path)$/i;

/**
 * A value as it may be kept: without the secrets in it, of which only where they stood is told, and without what is too long.
 * @throws TypeError when it holds more than any record does.
 */
export function plainValues(file: string, root: Located): { readonly root: Located; readonly secrets: HeldSecret[] } {
  const secrets: HeldSecret[] = [];
  let count = 0;
  const visit = (name: string, value: Located): Located => {
    count += 1;
    if (count > MOST_VALUES) throw new TypeError(`it has more than ${MOST_VALUES} values`);
    const { line, column, scalar, items, members } = value;
    if (items !== undefined) return { line, column, items: items.map((each) => visit(name, each)) };
    if (members !== undefined) {
      const kept = membersOf(value).map(([key, each]) => [safeName(key), visit(key, each)] as const);
      return { line, column, members: Object.fromEntries(kept) };
    }
    if (typeof scalar !== 'string') return { line, column, scalar: scalar ?? null };
    const secret = PUBLIC.test(name) ? findCredential(scalar) : secretIn(name, scalar);
    if (secret === undefined) return { line, column, scalar: scalar.slice(0, LONGEST) };
    secrets.push({ file, line, column, secret });
    return { line, column, scalar: '[secret]' };
  };
  return { root: visit('', root), secrets };
}

function safeName(key: string): string {
  return findCredential(key) === undefined ? key.slice(0, 200) : '[secret]';
}

const MOST_NODES = 2_000_000;
const DEEPEST = 64;

/**
 * A value without the places of what is in it.
 * @throws TypeError when it is nested too deep, or too large.
 */
export function locatedOf(root: unknown): Located {
  let count = 0;
  const visit = (value: unknown, depth: number): Located => {
    count += 1;
    if (count > MOST_NODES || depth > DEEPEST) throw new TypeError('it is nested too deep, or too large');
    const at = { line: 1, column: 1 };
    if (Array.isArray(value)) return { ...at, items: value.map((each) => visit(each, depth + 1)) };
    if (typeof value === 'object' && value !== null)
      return {
        ...at,
        members: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, visit(each, depth + 1)])),
      };
    return {
      ...at,
      scalar: typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : null,
    };
  };
  return visit(root, 0);
}
