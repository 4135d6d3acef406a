import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Era } from '../../src/protocol/versions.ts';
import { gatewayDefinition, OVER_STDIO } from './gateway-fixture.ts';
import { startFixture } from './suite.ts';

/** How the gateway reaches the server of the suite. */
export interface UpstreamWay {
  readonly transport: 'stdio' | 'http';
  readonly era: Era;
}

/**
 * Scenarios that cannot pass where the client is of the modern era and the upstream of the legacy one: questions of that era
 * have no keys, what a client can be asked is said once for a whole connection, and on standard streams a question names no
 * call, so that two at once are put to nobody.
 */
export function untranslatable(revision: string, { transport, era }: UpstreamWay): ReadonlySet<string> {
  if (revision !== '2026-07-28' || era === 'modern') return new Set();
  return new Set([
    'input-required-result-basic-elicitation',
    'input-required-result-capability-check',
    ...(transport === 'stdio' ? ['input-required-result-multiple-input-requests'] : []),
  ]);
}

/** Starts the gateway in front of the server of the suite. The suite does not wait for an upstream's first start. */
export async function startGatewayFixture({
  transport,
  era,
}: UpstreamWay): Promise<{ readonly url: string; close(): Promise<void> }> {
  const upstream = transport === 'http' ? await startFixture() : undefined;
  const place = upstream === undefined ? OVER_STDIO : { url: upstream.url };
  const host = await startFixture(await gatewayDefinition(place, era));
  const client = new Client({ name: 'first', version: '1.0.0' });
  await client.connect(new StreamableHTTPClientTransport(new URL(host.url)));
  await client.callTool({ name: 'test_simple_text', arguments: {} });
  await client.close();
  const close = async (): Promise<void> => {
    await host.close();
    await upstream?.close();
  };
  return { url: host.url, close };
}
