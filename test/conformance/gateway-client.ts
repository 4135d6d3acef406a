import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { isObject, type JsonObject } from '../../src/protocol/json.ts';
import { callWithLogin } from './gateway-client-login.ts';
import { gatewayDefinition } from './gateway-fixture.ts';
import { startFixture } from './suite.ts';

/*
 * The client that the suite starts against a server of its own, whose URL is the last argument: a gateway in front of that server,
 * called by the official client. What the suite sees is the upstream side of the gateway.
 */

const url = process.argv.at(-1) ?? '';
const isModern = process.env['MCP_CONFORMANCE_PROTOCOL_VERSION'] === '2026-07-28';
const context: unknown = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}');
const told = isObject(context) ? context : {};
const calls = (Array.isArray(told['toolCalls']) ? told['toolCalls'] : []).filter(isObject);

/** Arguments that a schema takes, as small as can be. */
function argumentsFor({ properties, required }: JsonObject): JsonObject {
  const names = Array.isArray(required) ? required.map(String) : [];
  const known = isObject(properties) ? properties : {};
  return Object.fromEntries(names.map((name) => [name, valueFor(known[name])]));
}

function valueFor(schema: unknown): unknown {
  const type = isObject(schema) ? schema['type'] : undefined;
  if (type === 'number' || type === 'integer') return 5;
  if (type === 'boolean') return true;
  if (type === 'object') return {};
  return type === 'array' ? [] : 'text';
}

/** A null for what is no null by its schema is left out: the suite asks for either, and the gateway refuses the null. */
function given(args: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

const era = isModern ? 'modern' : 'legacy';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
await (scenario.startsWith('auth/') ? callWithLogin(url, era, told) : callThroughGateway());

async function callThroughGateway(): Promise<void> {
  const host = await startFixture(await gatewayDefinition({ url }, era, 'what can be'));
  const client = new Client(
    { name: 'suite', version: '1.0.0' },
    { capabilities: { elicitation: { form: { applyDefaults: true } }, sampling: {}, roots: {} } },
  );
  client.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  try {
    await client.connect(new StreamableHTTPClientTransport(new URL(host.url)));
    const { tools } = await client.listTools();
    for (const { name, inputSchema } of tools) {
      const wanted = calls.filter((call) => call['name'] === name).map((call) => call['arguments']);
      for (const args of wanted.length === 0 ? [argumentsFor(inputSchema)] : wanted)
        await client.callTool({ name, arguments: isObject(args) ? given(args) : {} }).catch(report);
    }
    const { resources = [], prompts = [] } = {
      ...(await client.listResources().catch(() => ({}))),
      ...(await client.listPrompts().catch(() => ({}))),
    };
    for (const { uri } of resources) await client.readResource({ uri }).catch(report);
    for (const { name } of prompts) await client.getPrompt({ name }).catch(report);
  } finally {
    await client.close();
    await host.close();
  }
}

function report(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
}
