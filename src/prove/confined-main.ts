import { join } from 'node:path';
import { configure as openRecorder } from '../controls/log-integrity/control.ts';
import { configure as createLogRedactor } from '../controls/log-redaction/control.ts';
import * as symbols from '../insecure.ts';
import { weakenedBy } from '../insecure.ts';
import { loadOrCreateKey } from '../record/keys.ts';
import { serveHttp, serveStream } from '../server/host.ts';
import { server } from '../server/server.ts';
import type { Fixture } from './fixture.ts';

// Serves the fixture of a module in this process, whose permission flags were set by who started it, with a log in a folder
// of its own. It says where over the channel to its parent.

const [module = '', transport = '', folder = '', issuer = '', origin = '', ...names] = process.argv.slice(2);
const loaded = (await import(module)) as { readonly default: Fixture };
const { server: options, deployment } = loaded.default;
const insecure = names.map((name): symbol => {
  const found: unknown = Reflect.get(symbols, name);
  if (typeof found !== 'symbol') throw new TypeError(`${name} switches nothing off`);
  return found;
});
const weakened = weakenedBy(insecure);
const redactor = createLogRedactor(weakened);
const key = await loadOrCreateKey(join(folder, 'key.pem'));
const recorder = await openRecorder(weakened, { directory: join(folder, 'log'), origin, key, redactor });
const definition = server({ ...options, insecure });
const { auth: _auth, ...rest } = deployment ?? {};
const base = { profile: 'dev' as const, ...rest, recorder, redactor };
if (transport === 'http') {
  const host = await serveHttp(definition, { ...base, http: { port: 0 }, auth: { issuers: [{ issuer }] } });
  const { catalog, http } = host.settings;
  process.send?.({ url: host.url, resource: http?.resource, scopes: catalog.scopes });
} else {
  await serveStream(definition, base);
  process.send?.({});
}
