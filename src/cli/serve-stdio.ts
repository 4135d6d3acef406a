import { configure as configureHygiene } from '../controls/stdio-hygiene/control.ts';
import { openDeployment } from '../config/open.ts';
import type { ConfigFile } from '../config/read.ts';
import { insecureWithoutStdioHygiene } from '../insecure.ts';
import { serveStream } from '../server/host.ts';
import type { ServerDefinition } from '../server/server.ts';
import { createClosing, runUntilStopped } from './closing.ts';
import { createJsonLog } from './log-lines.ts';

/** Serves over standard input and output until the input ends. Whatever else is written goes to standard error. */
export async function serveOverStdio(definition: ServerDefinition, source: ConfigFile): Promise<void> {
  const on = definition.options.insecure?.includes(insecureWithoutStdioHygiene) !== true;
  const installed = configureHygiene({ on }).install();
  const closing = createClosing();
  closing.add(() => installed.restore());
  try {
    const open = await openDeployment(source, definition, (detail) => process.stderr.write(`audit log: ${detail}\n`));
    closing.add(() => open.close());
    const log = createJsonLog(open.deployment.redact ?? ((text) => text));
    const { http: _http, auth: _auth, ...deployment } = open.deployment;
    const host = await serveStream(definition, { ...deployment, log }, process.stdin, installed.output);
    closing.add(() => host.close());
    await runUntilStopped(closing, host.ended);
  } catch (error) {
    await closing.run();
    throw error;
  }
}
