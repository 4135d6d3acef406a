import { isObject, type JsonObject } from '../../src/protocol/json.ts';

/** What came back over HTTP. */
export interface Reply {
  readonly status: number;
  readonly challenge: string;
  /** Code of the refusal, and the id under which the audit log has it; empty when it was served. */
  readonly code: string;
  readonly request: string;
  readonly sentence: string;
  /** The JSON-RPC result, where there is one. */
  readonly result: JsonObject;
}

/** How a call differs from the plain one. */
export interface CallOptions {
  /** In place of those that a client sends. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly capabilities?: JsonObject;
  /** Further parameters: the state and the answers of an earlier round. */
  readonly params?: JsonObject;
}

const metaOf = (capabilities: JsonObject): JsonObject => ({
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'tour', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': capabilities,
});

/** Calls a tool with plain fetch, as an attacker would. */
export async function callRaw(
  url: string,
  token: string | undefined,
  tool: string,
  args: JsonObject,
  { headers = {}, capabilities = {}, params = {} }: CallOptions = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': tool,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: tool, arguments: args, ...params, _meta: metaOf(capabilities) },
    }),
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  const message: unknown = await response.json();
  const result = isObject(message) && isObject(message['result']) ? message['result'] : {};
  return { status: response.status, challenge, result, ...refusalOf(message) };
}

function refusalOf(message: unknown): Pick<Reply, 'code' | 'request' | 'sentence'> {
  const none = { code: '', request: '', sentence: '' };
  if (!isObject(message)) return none;
  const { error, result } = message;
  if (isObject(error) && isObject(error['data'])) {
    const { code, request } = error['data'];
    return { code: String(code), request: String(request), sentence: String(error['message']) };
  }
  // A refusal that the model can act on is a tool result: "sentence (CODE, request id)".
  const [block]: readonly unknown[] = isObject(result) && Array.isArray(result['content']) ? result['content'] : [];
  const found = isObject(block) ? /^(.*) \(([A-Z_]+), request (\S+)\)$/s.exec(String(block['text'])) : null;
  if (!isObject(result) || result['isError'] !== true || found === null) return none;
  return { sentence: found[1] ?? '', code: found[2] ?? '', request: found[3] ?? '' };
}
