import { insecureSymbol } from '../insecure.ts';
import { ORDER } from '../pipeline/order.ts';
import { serveStream } from '../server/host.ts';
import { server } from '../server/server.ts';
import { tool, type Tool } from '../server/tool.ts';
import { SLICES } from './slices.ts';
import { upstreamName } from './upstream-name.ts';

// A server that somebody else wrote, who thought of nothing: it serves the tools of the fixtures of the slices that its
// arguments name, with every control switched off, over its standard input and output.

const tools: Tool[] = [];
for (const id of process.argv.slice(2)) {
  const slice = await SLICES.get(id)?.();
  if (slice === undefined) throw new TypeError(`no slice is called "${id}"`);
  for (const which of ['good', 'bad'] as const) {
    const { server: options, upstream } = slice[which];
    const instead = upstream?.tools ?? [];
    const names = new Set(instead.map((each) => each.options.name));
    const own = (options.tools ?? []).filter((each) => !names.has(each.options.name));
    add([...own, ...instead], (name) => upstreamName(id, which, name));
    add(upstream?.approved, (name) => upstreamName(id, `${which}, approved`, name));
  }
}

function add(own: readonly Tool[] = [], named: (name: string) => string): void {
  for (const { options } of own) {
    const known = Object.values(options.needs ?? {}).every(({ kind }) => kind === 'state');
    if (known) tools.push(tool({ ...options, name: named(options.name) }));
  }
}

const insecure = [...new Set(ORDER.map(({ id }) => id))].flatMap((id) => {
  // Of this one the fixtures are not in need: what it serves goes to standard output alone.
  const symbol = id === 'stdio-hygiene' ? undefined : insecureSymbol(id);
  return symbol === undefined ? [] : [symbol];
});
await serveStream(server({ name: 'upstream', version: '1.0.0', tools, insecure }), {
  profile: 'dev',
  limits: { breakerFailures: 1_000_000 },
});
