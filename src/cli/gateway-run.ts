import { checkMeaning } from '../config/meaning.ts';
import type { ConfigFile } from '../config/read.ts';
import { createClosing, whenStopped } from './closing.ts';
import { startDev } from './dev.ts';
import { startServing } from './serve.ts';
import type { Loaded } from './serve-stdio.ts';
import { parsePort } from './port.ts';

/** Runs a gateway as `dev` or `serve` run a server, by its profile. */
export async function runGateway(
  { definition, live }: Loaded,
  source: ConfigFile,
  port: string | undefined,
): Promise<void> {
  const closing = createClosing();
  const module = import.meta.url;
  try {
    const stopped = whenStopped();
    if (source.config.profile === 'dev') {
      await startDev(definition, source, { ...(port === undefined ? {} : { port }), module, live }, closing);
    } else {
      await checkMeaning(source);
      const override = port === undefined ? {} : { port: parsePort(port, '--port') };
      await startServing(definition, source, { ...override, module, live }, closing);
    }
    await stopped;
  } finally {
    await closing.run();
  }
}
