import { readConfig } from '../config/read.ts';
import type { ServerDefinition } from '../server/server.ts';
import { openGateway } from './gateway-open.ts';
import { loadServer } from './load-server.ts';

/**
 * The server of a module, or the one that the configuration of a gateway makes.
 * @throws Mistake when there is none.
 */
export async function loadDefinition(path: string): Promise<ServerDefinition> {
  if (!/\.ya?ml$/.test(path)) return loadServer(path);
  const { definition } = await openGateway(await readConfig(path));
  return definition;
}
