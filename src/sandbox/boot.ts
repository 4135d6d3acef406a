import { readFileSync } from 'node:fs';
import { isBuiltin, registerHooks } from 'node:module';
import { deserialize } from 'node:v8';
import type { Graph } from './graph.ts';

// The first module of a sandboxed process or worker. It imports nothing but Node's own: every other module comes out of the graph
// that the host recorded, so that no folder of the host has to be seen in here.

const [file = '', entry = '', server = ''] = process.argv.slice(2);
const graph = deserialize(readFileSync(file)) as Graph;
const WITHHELD = 'portcullis-withheld:';

registerHooks({
  resolve(specifier, context, next) {
    if (graph.withheld.has(specifier)) return { url: WITHHELD + specifier, shortCircuit: true };
    if (isBuiltin(specifier)) return next(specifier, context);
    const kind = context.conditions.includes('require') ? 'require' : 'import';
    const url = graph.modules.has(specifier)
      ? specifier
      : graph.links.get(`${context.parentURL ?? ''}\n${specifier}\n${kind}`);
    if (url === undefined) {
      throw new Error(
        `"${specifier}" is not there in the sandbox: import it at the top of a module, not while a tool runs`,
      );
    }
    const format = graph.modules.get(url)?.format;
    return { url, shortCircuit: true, ...(format === undefined ? {} : { format }) };
  },
  load(url, context, next) {
    if (url.startsWith(WITHHELD)) return { format: 'module', source: withheldSource(url), shortCircuit: true };
    const found = graph.modules.get(url);
    return found === undefined ? next(url, context) : { ...found, shortCircuit: true };
  },
});

function withheldSource(url: string): string {
  const name = url.slice(WITHHELD.length);
  const lines = (graph.withheld.get(name) ?? []).map((member) => {
    const declared = member === 'default' ? 'export default' : `export const ${member} =`;
    return `${declared} function () { throw new Error('${name} is not there in the sandbox'); };`;
  });
  return lines.join('\n');
}

const inside = (await import(entry)) as { serve(load: () => Promise<unknown>): Promise<void> };
await inside.serve(() => import(server));
