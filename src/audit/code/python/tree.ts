import type { Language, Tree as ParsedTree } from 'web-tree-sitter';

/** How many levels of syntax are looked at: code that people write stays far below. */
const MOST_DEPTH = 300;

/** Kinds without anything inside that matters: their children are not visited. */
const LEAVES: ReadonlySet<string> = new Set([
  'identifier',
  'integer',
  'float',
  'true',
  'false',
  'none',
  'ellipsis',
  'string_start',
  'string_content',
  'string_end',
  'escape_sequence',
  'escape_interpolation',
  'type_conversion',
  'pass_statement',
  'break_statement',
  'continue_statement',
  'import_prefix',
  'wildcard_import',
]);

/** Kinds that say nothing of what a program does. */
const PASSED_OVER: ReadonlySet<string> = new Set(['comment', 'line_continuation']);

/**
 * The named nodes of one file in the order in which they stand, without comments and without what is inside of plain strings. A
 * node is its number; 0 is the module. Tokens such as operators are not kept: they stand between the nodes, in the text.
 */
export interface PythonTree {
  readonly text: string;
  /** By the grammar: `call`, `attribute`, `function_definition`, `ERROR`, ... */
  kind(node: number): string;
  /** Index into `text` of the first character. */
  start(node: number): number;
  /** Index into `text` after the last character. */
  end(node: number): number;
  children(node: number): readonly number[];
  /** The number after that of the last node inside. */
  after(node: number): number;
  /** The text of a node. */
  textOf(node: number): string;
  /** Index into `text` of the first thing that was not understood, or that lies too deep. */
  readonly fault: { readonly at: number; readonly why: 'syntax' | 'depth' } | undefined;
}

/** What a grammar says of the numbers of its kinds; made once. */
export interface Kinds {
  readonly names: readonly string[];
  /** 1 where nodes of the kind are kept. */
  readonly kept: Uint8Array;
  /** 1 where their children are visited. */
  readonly entered: Uint8Array;
  readonly string: number;
}

/** The number that the library gives to what was not understood. */
const ERROR = 65_535;

/** Reads the kinds of the grammar. */
export function readKinds(language: Language): Kinds {
  const kept = new Uint8Array(ERROR + 1);
  const entered = new Uint8Array(ERROR + 1);
  const names = Array.from({ length: language.nodeTypeCount }, (_, id) => language.nodeTypeForId(id) ?? '');
  for (const [id, name] of names.entries()) {
    if (!language.nodeTypeIsNamed(id) || PASSED_OVER.has(name)) continue;
    kept[id] = 1;
    entered[id] = LEAVES.has(name) ? 0 : 1;
  }
  kept[ERROR] = 1;
  entered[ERROR] = 1;
  return { names, kept, entered, string: names.indexOf('string') };
}

/**
 * Copies what matters of a tree out of the memory of the library, in one pass without recursion. Asking the library of a node costs
 * far more than reading an array, and the passes that follow look at each node several times.
 */
export function readTree(text: string, parsed: ParsedTree, { names, kept, entered, string }: Kinds): PythonTree {
  const kinds: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  /** The node after the last one inside. */
  const afters: number[] = [];
  const open: number[] = [];
  let fault: PythonTree['fault'];
  const hasError = parsed.rootNode.hasError;
  const cursor = parsed.walk();
  try {
    walk: for (;;) {
      const id = cursor.nodeTypeId;
      let node = -1;
      if (kept[id] === 1) {
        const start = cursor.startIndex;
        node = kinds.length;
        kinds.push(id);
        starts.push(start);
        ends.push(cursor.endIndex);
        afters.push(node + 1);
        if (id === ERROR) fault ??= { at: start, why: 'syntax' };
        const isDeep = open.length >= MOST_DEPTH;
        if (entered[id] === 1 && (id !== string || isFormatted(text, start))) {
          if (isDeep) fault ??= { at: start, why: 'depth' };
          else if (cursor.gotoFirstChild()) {
            open.push(node);
            continue;
          }
        }
      }
      while (!cursor.gotoNextSibling()) {
        const parent = open.pop();
        if (parent === undefined || !cursor.gotoParent()) break walk;
        afters[parent] = kinds.length;
      }
    }
  } finally {
    cursor.delete();
  }
  // A token that was added to make sense of the rest is no node of its own.
  if (hasError) fault ??= { at: 0, why: 'syntax' };
  return {
    text,
    kind: (node) => names[kinds[node] ?? ERROR] ?? 'ERROR',
    start: (node) => starts[node] ?? 0,
    end: (node) => ends[node] ?? 0,
    children(node) {
      const found: number[] = [];
      const after = afters[node] ?? 0;
      for (let child = node + 1; child < after; child = afters[child] ?? after) found.push(child);
      return found;
    },
    after: (node) => afters[node] ?? 0,
    textOf: (node) => text.slice(starts[node], ends[node]),
    fault,
  };
}

/** Whether a string has expressions inside: `f"..."`, `rf"..."`, and since 3.14 `t"..."`. */
function isFormatted(text: string, start: number): boolean {
  return /^(?:[ft]|r[ft]|[ft]r)["']/i.test(text.slice(start, start + 3));
}
