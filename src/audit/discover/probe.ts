import { request } from 'node:http';
import { isObject } from '../../protocol/json.ts';

/** What answered at an address. */
export interface Answer {
  /** Why it is taken for a server of this protocol. */
  readonly shows: string;
  readonly path: string;
}

const PATHS = ['/mcp', '/'];
const MOST_BYTES = 64 * 1024;
const TIMEOUT_MS = 3000;

/** An event with a message, whole; the first of a stream may be empty. */
const SAID = /^data: ?(\{.+\})\r?\n\r?\n/m;

const HELLO = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'portcullis-discover', version: '1' },
  },
});

/**
 * Asks one address whether it speaks MCP: one `initialize` at `/mcp` and at `/`, without credentials. Follows nothing, reads little,
 * and gives up soon. A server that lists versions it speaks or asks for a token for a protected resource has shown itself as well.
 * @param address An IP address.
 * @returns `undefined` where nothing of the kind answers.
 */
export async function probe(address: string, port: number): Promise<Answer | undefined> {
  for (const path of PATHS) {
    const told = await ask(address, port, path);
    if (told === 'closed') return undefined;
    const shows = told === undefined ? undefined : readAnswer(told);
    if (shows !== undefined) return { shows, path };
  }
  return undefined;
}

interface Told {
  readonly status: number;
  readonly challenge: string;
  readonly body: string;
}

function ask(host: string, port: number, path: string): Promise<Told | 'closed' | undefined> {
  return new Promise((resolve) => {
    const call = request(
      {
        host,
        port,
        path,
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'content-length': Buffer.byteLength(HELLO),
        },
      },
      (answer) => {
        let body = '';
        const done = (): void => {
          resolve({ status: answer.statusCode ?? 0, challenge: answer.headers['www-authenticate'] ?? '', body });
          call.destroy();
        };
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          body += chunk;
          // A stream of events may stay open: its first message is enough.
          if (body.length > MOST_BYTES || SAID.test(body)) done();
        });
        answer.on('end', done);
        answer.on('error', done);
      },
    );
    call.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'closed' : undefined));
    call.end(HELLO);
  });
}

function readAnswer({ status, challenge, body }: Told): string | undefined {
  if (status === 401 && /\bresource_metadata=/i.test(challenge)) return 'it asks for a token for a protected resource';
  const text = SAID.exec(body)?.[1] ?? body;
  let value: unknown;
  try {
    value = JSON.parse(text.slice(0, MOST_BYTES));
  } catch {
    return undefined;
  }
  if (!isObject(value) || value['jsonrpc'] !== '2.0') return undefined;
  const { result, error } = value;
  if (isObject(result) && typeof result['protocolVersion'] === 'string') return 'it answers initialize';
  // A server of MCP 2026-07-28, which has no handshake, refuses a version it does not speak so (basic/versioning).
  const data = isObject(error) ? error['data'] : undefined;
  return isObject(data) && Array.isArray(data['supported']) ? 'it lists the versions that it speaks' : undefined;
}
