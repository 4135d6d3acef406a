import { checkMeaning } from '../config/meaning.ts';
import { openDeployment } from '../config/open.ts';
import { type ConfigFile, readConfig } from '../config/read.ts';
import { watchPolicies } from '../config/watch-policies.ts';
import type { HttpOptions } from '../server/deployment.ts';
import { serveHttp } from '../server/host.ts';
import type { ServerDefinition } from '../server/server.ts';
import { type Closing, createClosing, whenStopped } from './closing.ts';
import { confine } from './confine.ts';
import { follow } from './follow.ts';
import type { Live, LiveHost } from './gateway-live.ts';
import { loadServer, moduleUrl } from './load-server.ts';
import { createJsonLog } from './log-lines.ts';
import { parsePort } from './port.ts';
import { serveOverStdio } from './serve-stdio.ts';

/** Options of `portcullis serve`. */
export interface ServeOptions {
  readonly config: string;
  readonly port?: string;
  readonly stdio?: boolean;
}

/** Runs a server as its configuration says. */
export async function serve(module: string, options: ServeOptions): Promise<void> {
  const source = await readConfig(options.config);
  await checkMeaning(source);
  const stdio = options.stdio === true;
  const tidy = await confine({ module, source, stdio, dev: false });
  if (stdio) return serveOverStdio({ url: moduleUrl(module), load: () => loadServer(module) }, source, tidy);
  const closing = createClosing();
  closing.add(tidy);
  try {
    const definition = await loadServer(module);
    const stopped = whenStopped();
    await startServing(definition, source, { ...portOption(options), module: moduleUrl(module) }, closing);
    await stopped;
  } finally {
    await closing.run();
  }
}

function portOption({ port }: ServeOptions): { readonly port?: number } {
  const environment = process.env['PORT'];
  if (port !== undefined) return { port: parsePort(port, '--port') };
  return environment === undefined || environment === '' ? {} : { port: parsePort(environment, 'PORT') };
}

/** Starts a server as its configuration says, and follows the changes of it. */
export async function startServing(
  definition: ServerDefinition,
  source: ConfigFile,
  { module, live, ...override }: { readonly port?: number; readonly module: string; readonly live?: Live | undefined },
  closing: Closing,
): Promise<void> {
  const open = await openDeployment(source, definition, (detail) => process.stderr.write(`audit log: ${detail}\n`));
  closing.add(() => open.close());
  const redact = (text: string): string => open.deployment.redactor?.redact(text) ?? text;
  const log = createJsonLog(redact);
  closing.add(() => log.flush());
  const http: HttpOptions = { ...open.deployment.http, ...override };
  const host = await serveHttp(definition, { ...open.deployment, module, http, log: log.write });
  closing.add(() => host.close());
  const say: LiveHost['say'] = (level, message) => log.write({ level, message, fields: {} });
  const reloader = follow(source, { host, recorder: open.log, redact, say, live });
  closing.add(() => reloader.close());
  const { policy } = open.deployment;
  if (policy !== undefined) {
    const policies = watchPolicies(policy.directory, {
      reload: () => host.reloadPolicies(),
      say: (level, message) => log.write({ level, message, fields: {} }),
    });
    closing.add(() => policies.close());
  }
  log.write({
    level: 'info',
    message: `serving ${definition.options.name}`,
    fields: { url: host.url ?? http.socket ?? '', profile: source.config.profile, audit: open.places.audit },
  });
}
