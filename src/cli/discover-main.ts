import { writeSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capabilityPlaces } from '../config/capability-places.ts';
import { parseConfig, readConfig } from '../config/read.ts';
import { neededSources } from '../config/open.ts';
import { isRefusal } from '../controls/declared-behaviour/control.ts';
import { weakenedBy } from '../insecure.ts';
import { declaredTouch } from '../server/system-needs.ts';
import { loadServer } from './load-server.ts';

// Run as a process of its own by `discover.ts`: module, configuration, command. The answer goes to descriptor 3.

const ANSWER_FD = 3;
const [module = '', file = '', command = ''] = process.argv.slice(2);

const modules = new Set<string>();
registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:') && !url.includes('/node_modules/')) modules.add(fileURLToPath(url));
    return next(url, context);
  },
});

async function ask(): Promise<object> {
  const source =
    command === 'dev' ? await readConfig(file).catch(() => parseConfig('profile: dev', file)) : await readConfig(file);
  const definition = await loadServer(module);
  const sources = neededSources(definition);
  return {
    ...declaredTouch(definition, capabilityPlaces(source, sources)),
    modules: [...modules],
    sources,
    weakened: [...weakenedBy(definition.options.insecure ?? [])],
  };
}

function mistake(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error ? error.cause : undefined;
  const refused = [error, cause].find(isRefusal);
  if (!(refused instanceof Error) || !('resource' in refused)) return message;
  const path = String(refused.resource);
  return `${module} touches ${path} while it loads, which it does not declare. Declare files(...), or list it under permissions.read of ${resolve(dirname(file), 'portcullis.yaml')}.`;
}

let answer: object;
try {
  answer = await ask();
} catch (error) {
  answer = { mistake: mistake(error) };
}
const text = Buffer.from(JSON.stringify(answer));
for (let at = 0; at < text.length; ) at += writeSync(ANSWER_FD, text, at);
// A module that listens or waits must not keep this process.
process.exit(0);
