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

/** Modules of this product that only the host uses, under its folder: a handler's process starts without them. */
const HOST_ONLY = [
  'capabilities/http/connect',
  'capabilities/http/transport',
  'capabilities/sql/connection',
  'capabilities/sql/postgres/engine',
  'capabilities/sql/postgres/source',
  'capabilities/sql/source',
  'record/keys',
  'record/log',
  'record/redact',
  'sandbox/run',
  'sandbox/support',
  'schema/compile',
  'server/host',
  'stores/memory',
  'stores/sqlite',
];

/** A module with the same exports: what is plain data stays, and what could be called says that it is not there. */
function emptied(url: string, exported: object): GraphModule {
  const lines = Object.entries(exported).map(([name, value]: readonly [string, unknown]) => {
    const says = JSON.stringify(`${name} of ${url} is not there in the sandbox`);
    const declared =
      typeof value === 'function'
        ? `function () { throw new Error(${says}); }`
        : (JSON.stringify(value) ?? 'undefined');
    return `const $${name} = ${declared};\nexport { $${name} as ${name} };`;
  });
  return { format: 'module', source: lines.join('\n') };
}

async function emptyHostOnly(): Promise<void> {
  for (const name of HOST_ONLY) {
    for (const ending of ['.ts', '.js']) {
      const { href } = new URL(`../${name}${ending}`, import.meta.url);
      if (modules.has(href)) modules.set(href, emptied(href, (await import(href)) as object));
    }
  }
}

/** What can be reached from the first modules once some are empty. */
function reached(first: readonly string[]): Graph['modules'] {
  const next = Map.groupBy(links, ([key]) => key.slice(0, key.indexOf('\n')));
  const found = new Map<string, GraphModule>();
  const left = [...first];
  for (let url = left.pop(); url !== undefined; url = left.pop()) {
    const module = modules.get(url);
    if (module === undefined || found.has(url)) continue;
    found.set(url, module);
    const isEmpty =
      module.source !== '' && HOST_ONLY.some((name) => url.endsWith(`/${name}.ts`) || url.endsWith(`/${name}.js`));
    if (!isEmpty) left.push(...(next.get(url) ?? []).map(([, to]) => to));
  }
  return found;
}

const [folder = '', boot = '', ...urls] = process.argv.slice(2);
for (const url of urls) await import(url);
const withheld = new Map<string, readonly string[]>();
for (const name of WITHHELD) withheld.set(name, Object.keys((await import(name)) as object));
await emptyHostOnly();
const graph: Graph = { modules: reached(urls), links, withheld };
const readable = { mode: 0o444 };
writeFileSync(join(folder, 'graph'), serialize(graph), readable);
writeFileSync(join(folder, 'boot.mjs'), stripTypeScriptTypes(readFileSync(new URL(boot), 'utf8')), readable);
// A module that listens or waits must not keep this process.
process.exit(0);
