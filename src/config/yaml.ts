import { isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** Keys and indices from the root. */
export type Path = readonly (string | number)[];

/** A plain value with the places that it came from. */
export interface Located {
  readonly value: unknown;
  /** Where the value at a path stands; the nearest parent's when there is no such path. */
  at(path: Path): Position;
  /** Where the key at a path stands. */
  keyAt(path: Path): Position;
}

/** One-based line and column. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const MOST_CHARACTERS = 256 * 1024;
const MOST_PROBLEMS = 20;
const DEEPEST = 16;

/**
 * Reads YAML 1.2 as plain data: no anchors, aliases, tags, merge keys, duplicate keys or further documents, so that what
 * a person reads is what is there, and nothing grows on expansion.
 */
export function readYaml(text: string): Located | { readonly problems: readonly ConfigProblem[] } {
  if (text.length > MOST_CHARACTERS) {
    const message = `the file is longer than ${MOST_CHARACTERS} characters.`;
    return { problems: [{ line: 1, column: 1, message }] };
  }
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    uniqueKeys: true,
    merge: false,
    prettyErrors: false,
    lineCounter: lines,
  });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const faults = [...document.errors, ...document.warnings].slice(0, MOST_PROBLEMS);
  if (faults.length > 0) {
    return {
      problems: faults.map(({ code, message, pos }) => ({ ...positionOf(pos[0]), message: explain(code, message) })),
    };
  }
  const reader = new Reader(positionOf);
  const value = reader.read(document.contents, [], 0);
  if (reader.problems.length > 0) return { problems: reader.problems.slice(0, MOST_PROBLEMS) };
  return { value, at: (path) => reader.find(reader.values, path), keyAt: (path) => reader.find(reader.keys, path) };
}

function explain(code: string, message: string): string {
  if (code === 'DUPLICATE_KEY') return 'this key is there twice. Keep one of them.';
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here. Keep one document in the file.';
  if (code === 'TAB_AS_INDENT') return 'a tab indents this line. Use spaces.';
  if (code === 'TAG_RESOLVE_FAILED') return 'tags (!name) are refused. Write the plain value.';
  return `this is not valid YAML: ${message.split('\n')[0] ?? ''}.`.replace(/\.\.$/, '.');
}

class Reader {
  readonly problems: ConfigProblem[] = [];
  readonly values = new Map<string, Position>();
  readonly keys = new Map<string, Position>();
  readonly #positionOf: (offset: number) => Position;

  constructor(positionOf: (offset: number) => Position) {
    this.#positionOf = positionOf;
  }

  find(places: ReadonlyMap<string, Position>, path: Path): Position {
    const exact = places.get(nameOf(path));
    if (exact !== undefined) return exact;
    for (let end = path.length; end >= 0; end--) {
      const found = this.keys.get(nameOf(path.slice(0, end))) ?? this.values.get(nameOf(path.slice(0, end)));
      if (found !== undefined) return found;
    }
    return { line: 1, column: 1 };
  }

  read(node: ParsedNode | null, path: Path, depth: number): unknown {
    if (node === null) return null;
    this.values.set(nameOf(path), this.#positionOf(node.range[0]));
    if (isAlias(node)) return this.#refuse(node, 'aliases (*name) are refused. Write the value out.');
    if (node.anchor !== undefined) return this.#refuse(node, 'anchors (&name) are refused. Remove it.');
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
      return this.#refuse(node, 'tags (!name) are refused. Write the plain value.');
    if (depth > DEEPEST) return this.#refuse(node, `nested deeper than ${DEEPEST} levels.`);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], depth + 1));
    if (!isMap(node)) return isScalar(node) ? node.value : null;
    // A null prototype, so that no key can be taken for an inherited one.
    const object: Record<string, unknown> = { __proto__: null };
    for (const { key, value } of node.items) {
      if (!isScalar(key) || typeof key.value !== 'string' || key.value === '__proto__') {
        this.#refuse(key ?? node, 'this cannot be a key. Use a plain name.');
        continue;
      }
      const inner = [...path, key.value];
      this.keys.set(nameOf(inner), this.#positionOf(key.range[0]));
      object[key.value] = this.read(value, inner, depth + 1);
    }
    return object;
  }

  #refuse(node: ParsedNode, message: string): undefined {
    this.problems.push({ ...this.#positionOf(node.range[0]), message });
  }
}

function nameOf(path: Path): string {
  return JSON.stringify(path);
}
