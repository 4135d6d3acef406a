import * as symbols from '../insecure.ts';
import { serveStream } from '../server/host.ts';
import { server } from '../server/server.ts';
import type { Fixture } from './fixture.ts';

/** Serves the fixture of a module over this process's standard input and output, weakened by symbols of these names. */
const [module = '', ...names] = process.argv.slice(2);
const loaded = (await import(module)) as { readonly default: Fixture };
const { server: options, deployment } = loaded.default;
const insecure = names.map((name): symbol => {
  const found: unknown = Reflect.get(symbols, name);
  if (typeof found !== 'symbol') throw new TypeError(`${name} switches nothing off`);
  return found;
});
const { auth: _auth, ...rest } = deployment ?? {};
await serveStream(server({ ...options, insecure }), { profile: 'dev', ...rest });
