import { configure as configureHygiene } from '../controls/stdio-hygiene/control.ts';
import { openDeployment } from '../config/open.ts';
import type { ConfigFile } from '../config/read.ts';
import { insecureWithoutStdioHygiene } from '../insecure.ts';
import { serveStream } from '../server/host.ts';
import type { ServerDefinition } from '../server/server.ts';
import { createClosing, whenStopped } from './closing.ts';
import { follow } from './follow.ts';
import type { Live, LiveHost } from './gateway-live.ts';
import { createJsonLog } from './log-lines.ts';

/** A server that is still to be made, by code that may write where it likes. */
export interface Loadable {
  /** URL of the module that it is made by. */
  readonly url: string;
  readonly load: () => Promise<ServerDefinition | Loaded>;
}

/** A gateway that was made, with what follows the files that it is made of. */
export interface Loaded {
  readonly definition: ServerDefinition;
  readonly live: Live;
}

/**
 * Serves a module over standard input and output until the input ends. Whatever else is written, from the loading of the
 * module on, goes to standard error.
 */
export async function serveOverStdio(
  { url, load }: Loadable,
  source: ConfigFile,
  tidy: () => void = () => undefined,
): Promise<void> {
  const stopped = whenStopped();
  const closing = createClosing();
  closing.add(tidy);
  try {
    const kept = configureHygiene({ on: true }).install();
    closing.add(() => kept.restore());
    const loaded = await load();
    const { definition, live } = 'live' in loaded ? loaded : { definition: loaded, live: undefined };
    const off = definition.options.insecure?.includes(insecureWithoutStdioHygiene) === true;
    if (off) kept.restore();
    const open = await openDeployment(source, definition, (detail) => process.stderr.write(`audit log: ${detail}\n`));
    closing.add(() => open.close());
    const redact = (text: string): string => open.deployment.redactor?.redact(text) ?? text;
    const log = createJsonLog(redact);
    closing.add(() => log.flush());
    const { http: _http, auth: _auth, ...deployment } = open.deployment;
    const host = await serveStream(
      definition,
      { ...deployment, module: url, log: log.write },
      process.stdin,
      off ? process.stdout : kept.output,
    );
    closing.add(() => host.close());
    if (live !== undefined) {
      const say: LiveHost['say'] = (level, message) => log.write({ level, message, fields: {} });
      const reloader = follow(source, { host, recorder: open.log, redact, say, live });
      closing.add(() => reloader.close());
    }
    await Promise.race([stopped, host.ended]);
    await closing.run();
  } catch (error) {
    await closing.run();
    throw error;
  }
}
