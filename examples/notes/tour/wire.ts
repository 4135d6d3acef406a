import { isObject, type JsonObject } from '../../../src/protocol/json.ts';

/** What came back over HTTP. */
export interface Reply {
  readonly status: number;
  readonly challenge: string;
  /** Code of the refusal, and the id under which the audit log has it; empty when it was served. */
  readonly code: string;
  readonly request: string;
  readonly sentence: string;
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'tour', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Calls a tool with plain fetch, as an attacker would; `headers` replace those that a client sends. */
export async function callRaw(
  url: string,
  token: string | undefined,
  tool: string,
  args: JsonObject,
  headers: Readonly<Record<string, string>> = {},
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
      params: { name: tool, arguments: args, _meta: META },
    }),
  });
  const challenge = response.headers.get('www-authenticate') ?? '';
  return { status: response.status, challenge, ...refusalOf(await response.json()) };
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
