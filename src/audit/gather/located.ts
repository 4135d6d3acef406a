import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  type Document,
  type Node,
} from 'yaml';

/** A value of a file with the place where it begins; lines and columns count from 1. */
export interface Located {
  readonly line: number;
  readonly column: number;
  /** A scalar. */
  readonly scalar?: string | number | boolean | null;
  readonly items?: readonly Located[];
  readonly members?: Readonly<Record<string, Located>>;
}

const MOST_DEPTH = 64;
const MOST_NODES = 200_000;

/**
 * Reads YAML or JSON, also with comments and commas behind the last, and keeps where each value stands. A file may hold
 * several documents.
 * @throws TypeError that says where it is malformed, or that it is larger than anything that was written by hand.
 */
export function readLocated(text: string): readonly Located[] {
  const lines = new LineCounter();
  const source = /^\s*[{[]|^\s*\/[/*]/.test(text) ? blankComments(text) : text;
  const documents = parseAllDocuments(source, { lineCounter: lines, uniqueKeys: false, logLevel: 'silent' });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const { line, col } = lines.linePos(error.pos[0]);
      throw new TypeError(`line ${line}, column ${col}: ${error.message.split('\n')[0] ?? ''}`);
    }
    return document.contents === null ? [] : [new Reader(document, lines).read(document.contents, 0)];
  });
}

class Reader {
  readonly #document: Document;
  readonly #lines: LineCounter;
  #nodes = 0;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
  }

  read(node: unknown, depth: number): Located {
    this.#nodes += 1;
    // An alias can stand for a thousand others.
    if (depth > MOST_DEPTH || this.#nodes > MOST_NODES) throw new TypeError('it is nested too deep, or too large');
    const at = this.#placeOf(node);
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
      return target === undefined ? { ...at, scalar: null } : { ...this.read(target, depth + 1), ...at };
    }
    if (isMap(node)) {
      const members: [string, Located][] = [];
      for (const pair of node.items) {
        if (!isPair(pair)) continue;
        const key = isScalar(pair.key) ? String(pair.key.value) : '';
        const value =
          pair.value === null ? { ...this.#placeOf(pair.key), scalar: null } : this.read(pair.value, depth + 1);
        // A member with no value of its own line stands where its key does.
        members.push([key, value]);
      }
      return { ...at, members: Object.fromEntries(members) };
    }
    if (isSeq(node)) return { ...at, items: node.items.map((item) => this.read(item, depth + 1)) };
    return { ...at, scalar: isScalar(node) ? scalarOf(node.value) : null };
  }

  #placeOf(node: unknown): { readonly line: number; readonly column: number } {
    const range = (node as Node | null | undefined)?.range;
    if (range === undefined || range === null) return { line: 1, column: 1 };
    const { line, col } = this.#lines.linePos(range[0]);
    return { line, column: col };
  }
}

function scalarOf(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? String(value) : null;
}

/** Puts spaces in the place of comments and of commas before a bracket: places stay what they were. */
function blankComments(text: string): string {
  return text.replaceAll(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[^]*?\*\/|,(?=\s*(?:\/\/[^\n]*\n\s*)*[}\]])/g, (part) =>
    part.startsWith('"') ? part : part.replaceAll(/[^\n]/g, ' '),
  );
}

/** A member of a value, or `undefined`. */
export function member(value: Located | undefined, ...path: readonly string[]): Located | undefined {
  let at = value;
  for (const name of path)
    at = at?.members !== undefined && Object.hasOwn(at.members, name) ? at.members[name] : undefined;
  return at;
}

/** A scalar as text, or `undefined`. */
export function textOf(value: Located | undefined): string | undefined {
  return value?.scalar === undefined || value.scalar === null ? undefined : String(value.scalar);
}

/** Whether a value is true: as YAML has it, or as Compose takes it. */
export function isTrue(value: Located | undefined): boolean {
  return value?.scalar === true || value?.scalar === 'true';
}

/** The items of a sequence; none where it is none. */
export function itemsOf(value: Located | undefined): readonly Located[] {
  return value?.items ?? [];
}

/** The members of a mapping; none where it is none. */
export function membersOf(value: Located | undefined): readonly (readonly [string, Located])[] {
  return Object.entries(value?.members ?? {});
}
