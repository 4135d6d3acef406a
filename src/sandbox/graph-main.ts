import { readFileSync, writeFileSync } from 'node:fs';
import { isBuiltin, registerHooks, stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serialize } from 'node:v8';
import type { Graph, GraphModule } from './graph.ts';

// Run as a process of its own by `record-graph.ts`: a folder to write into, the first module of a process, then
// the modules to load.

const WITHHELD = ['node:sqlite'];

const modules = new Map<string, GraphModule>();
const links = new Map<string, string>();

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const kind = context.conditions.includes('require') ? 'require' : 'import';
    if (!isBuiltin(found.url)) links.set(`${context.parentURL ?? ''}\n${specifier}\n${kind}`, found.url);
    return found;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    if (!isBuiltin(url)) modules.set(url, readModule(url, loaded.format ?? '', loaded.source));
    return loaded;
  },
});

function readModule(url: string, format: string, source: unknown): GraphModule {
  const given = typeof source === 'string' || source instanceof Uint8Array ? source : readFileSync(fileURLToPath(url));
  if (format.endsWith('-typescript')) {
    return { format: format.slice(0, -'-typescript'.length), source: stripTypeScriptTypes(textOf(given)) };
  }
  return { format, source: format === 'wasm' ? given : textOf(given) };
}

function textOf(source: string | Uint8Array): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source);
}

const [folder = '', boot = '', ...urls] = process.argv.slice(2);
for (const url of urls) await import(url);
const withheld = new Map<string, readonly string[]>();
for (const name of WITHHELD) withheld.set(name, Object.keys((await import(name)) as object));
const graph: Graph = { modules, links, withheld };
const readable = { mode: 0o444 };
writeFileSync(join(folder, 'graph'), serialize(graph), readable);
writeFileSync(join(folder, 'boot.mjs'), stripTypeScriptTypes(readFileSync(new URL(boot), 'utf8')), readable);
// A module that listens or waits must not keep this process.
process.exit(0);
