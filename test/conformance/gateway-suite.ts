import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Host } from '../../src/index.ts';
import { gatewayDefinition } from './gateway-fixture.ts';
import { startFixture } from './suite.ts';

/**
 * What cannot be passed on where the client is of the modern era and the upstream of the legacy one: questions of that era
 * have no keys and come one by one, and what a client can be asked is said once for a whole connection.
 */
export const UNTRANSLATABLE: ReadonlySet<string> = new Set([
  'input-required-result-basic-elicitation',
  'input-required-result-multiple-input-requests',
  'input-required-result-capability-check',
]);

/** Starts the gateway in front of the server of the suite. The suite does not wait for an upstream's first start. */
export async function startGatewayFixture(): Promise<Host & { readonly url: string }> {
  const host = await startFixture(await gatewayDefinition());
  const client = new Client({ name: 'first', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(host.url)));
  await client.callTool({ name: 'test_simple_text', arguments: {} });
  await client.close();
  return host;
}
