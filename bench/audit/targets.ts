import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '../../src/protocol/json.ts';

/** A tool as a client lists it, and whether its text gives orders to the model. */
export interface ListedTool {
  readonly name: string;
  readonly isPoisoned: boolean;
  readonly definition: { readonly name: string; readonly description: string; readonly inputSchema: object };
}

const CORPORA = new URL('../../../shared/corpora/', import.meta.url);
/** Kinds of labelled texts that speak to a model. */
const KINDS: ReadonlySet<unknown> = new Set(['prompt-injection', 'mcp-attack', 'unicode-attack', 'indirect-injection']);

function linesOf(path: string): readonly { readonly [key: string]: unknown }[] {
  return readFileSync(new URL(path, CORPORA), 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
    .filter(isObject);
}

/** Poisoned texts and real tools of the shared corpora; `undefined` where they are not here. */
export function readTools(): readonly ListedTool[] | undefined {
  if (!existsSync(CORPORA)) return undefined;
  const poisoned = linesOf('aguara/examples.jsonl')
    .filter(({ category, label }) => KINDS.has(category) && label === 1)
    .map(({ text }, at) => listed(`poisoned-${at}`, true, String(text), {}));
  const real = ['docker-mcp-registry', 'mcp-reference-servers']
    .flatMap((name) => linesOf(`benign-tools/${name}.jsonl`))
    .map(({ description, inputSchema }, at) =>
      listed(`real-${at}`, false, typeof description === 'string' ? description : '', inputSchema),
    );
  return [...poisoned, ...real];
}

function listed(name: string, isPoisoned: boolean, description: string, schema: unknown): ListedTool {
  const inputSchema = isObject(schema) ? schema : { type: 'object' };
  return { name, isPoisoned, definition: { name, description, inputSchema } };
}

/** The texts of the files of a folder, by path. */
export function textsIn(folder: string): readonly { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
