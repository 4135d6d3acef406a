import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// A server whose resources change: `touch` changes one, `die` ends the process. Its arguments: a file that it adds a line to for
// each resource that it is asked to tell of, or no longer; and `modern` for a server of that era, which is of the other one else.

const [asked = '', era = 'legacy'] = process.argv.slice(2);
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId';
type Message = Readonly<Record<string, unknown>>;
const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const watched = new Set<string>();
/** Of the modern era: what each request to listen is for. */
const streams = new Map<unknown, readonly string[]>();

const TOOL = {
  inputSchema: { type: 'object', properties: { uri: { type: 'string', maxLength: 64 } }, required: ['uri'] },
  description: 'Changes something.',
};
const CAPABILITIES = { tools: {}, resources: { subscribe: true } };
const SERVER = { name: 'watching', version: '1' };

function update(uri: string): void {
  const method = 'notifications/resources/updated';
  if (watched.has(uri)) say({ method, params: { uri } });
  for (const [id, uris] of streams)
    if (uris.includes(uri)) say({ method, params: { uri, _meta: { [SUBSCRIPTION]: id } } });
}

function listen(id: unknown, { notifications }: Message): void {
  const { resourceSubscriptions: wanted = [] } = notifications as {
    readonly resourceSubscriptions?: readonly string[];
  };
  const granted = wanted.filter((uri) => uri !== 'watch://mute');
  for (const uri of granted) appendFileSync(asked, `+${uri}\n`);
  streams.set(id, granted);
  const params = { notifications: { resourceSubscriptions: granted }, _meta: { [SUBSCRIPTION]: id } };
  say({ method: 'notifications/subscriptions/acknowledged', params });
}

function cancel({ requestId }: Message): void {
  for (const uri of streams.get(requestId) ?? []) appendFileSync(asked, `-${uri}\n`);
  streams.delete(requestId);
}

const RESULTS: Readonly<Record<string, (params: Message) => object | undefined>> = {
  initialize: ({ protocolVersion }) =>
    era === 'legacy' ? { protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER } : undefined,
  'server/discover': () =>
    era === 'modern'
      ? {
          supportedVersions: ['2026-07-28'],
          capabilities: CAPABILITIES,
          _meta: { 'io.modelcontextprotocol/serverInfo': SERVER },
        }
      : undefined,
  'tools/list': () => ({ tools: ['touch', 'die'].map((name) => ({ name, ...TOOL })) }),
  'resources/list': () => ({ resources: ['watch://a', 'watch://mute'].map((uri) => ({ uri, name: uri })) }),
  'resources/templates/list': () => ({ resourceTemplates: [{ uriTemplate: 'watch://items/{id}', name: 'item' }] }),
  'resources/read': ({ uri }) => ({ contents: [{ uri, text: 'read' }] }),
  'resources/subscribe': ({ uri }) => {
    if (uri === 'watch://mute') return undefined;
    appendFileSync(asked, `+${String(uri)}\n`);
    watched.add(String(uri));
    return {};
  },
  'resources/unsubscribe': ({ uri }) => {
    appendFileSync(asked, `-${String(uri)}\n`);
    watched.delete(String(uri));
    return {};
  },
  'tools/call': ({ name, arguments: given }) => {
    if (name === 'die') process.exit(1);
    const { uri } = given as Message;
    update(String(uri));
    return { content: [{ type: 'text', text: 'touched' }] };
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line) as Message;
  if (method === 'notifications/cancelled') return cancel(params as Message);
  if (id === undefined) return;
  if (method === 'subscriptions/listen') return listen(id, params as Message);
  const result = RESULTS[String(method)]?.(params as Message);
  say(
    result === undefined
      ? { id, error: { code: -32601, message: 'unknown' } }
      : { id, result: era === 'modern' ? { resultType: 'complete', ...result } : result },
  );
});
