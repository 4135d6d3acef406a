import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type * as TreeSitter from 'web-tree-sitter';
import { readKinds, readTree, type PythonTree } from './tree.ts';

/** Time that one file may take, in milliseconds. */
const MOST_TIME = 10_000;
/** Characters of one file. */
const MOST_TEXT = 2_000_000;

/** Reads the syntax of Python. */
export interface PythonParser {
  /**
   * Parses one file.
   * @throws TypeError when it is too long, or takes too long.
   */
  parse(text: string): PythonTree;
}

let loading: Promise<PythonParser> | undefined;

/**
 * Loads the parser with its grammar, once.
 * @throws Error with the line that installs them, when the optional peers are absent.
 */
export async function loadPythonParser(): Promise<PythonParser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PythonParser> {
  const { Parser, Language } = await importPeers();
  const grammar = createRequire(import.meta.url).resolve('tree-sitter-python/tree-sitter-python.wasm');
  await Parser.init();
  const language = await Language.load(await readFile(grammar));
  const parser = new Parser();
  parser.setLanguage(language);
  const kinds = readKinds(language);
  return {
    parse(text) {
      if (text.length > MOST_TEXT)
        throw new TypeError(`it has ${text.length} characters, and ${MOST_TEXT} are read at most`);
      const until = performance.now() + MOST_TIME;
      const tree = parser.parse(text, null, { progressCallback: () => performance.now() > until });
      if (tree === null) {
        parser.reset();
        throw new TypeError(`it takes longer than ${MOST_TIME / 1000} s to parse`);
      }
      try {
        return readTree(text, tree, kinds);
      } finally {
        tree.delete();
      }
    },
  };
}

async function importPeers(): Promise<typeof TreeSitter> {
  try {
    createRequire(import.meta.url).resolve('tree-sitter-python/tree-sitter-python.wasm');
    return await import('web-tree-sitter');
  } catch (cause) {
    throw new Error(
      'Python needs a parser: npm install --save-exact web-tree-sitter@0.27.1 tree-sitter-python@0.25.0',
      { cause },
    );
  }
}
