import { appendFileSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

// A legacy server of resources, templates, prompts and completions. Its arguments: a file from which it takes how it describes
// its catalogue; a file that it adds a line to for each URI that it is asked for. It says of all it gives that anyone may keep it.

const [described = '-', asked = '-'] = process.argv.slice(2);
type Message = Readonly<Record<string, unknown>>;
const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const description = (): string => (described === '-' ? 'All books.' : readFileSync(described, 'utf8'));
const UNSEEN = 'seen\u202Ehidden\u{E0041}';

function read(uri: string): object {
  if (asked !== '-') appendFileSync(asked, `${uri}\n`);
  if (uri === 'library://none') return { error: { code: -32002, message: 'there is no such thing' } };
  const contents = [{ uri, mimeType: 'text/plain', text: `${UNSEEN} ${uri}` }];
  return { result: { contents, ttlMs: 60_000, cacheScope: 'public' } };
}

const LISTS: Readonly<Record<string, () => object>> = {
  'tools/list': () => ({ tools: [] }),
  'resources/list': () => ({
    resources: [
      { uri: 'library://catalogue', name: 'catalogue', description: description() },
      { uri: 'library://none', name: 'none' },
      { uri: 'library://secret', name: 'secret' },
    ],
  }),
  'resources/templates/list': () => ({
    resourceTemplates: [{ uriTemplate: 'library://books/{id}', name: 'book', description: 'One book.' }],
  }),
  'prompts/list': () => ({
    prompts: [{ name: 'summarise', description: 'Sums up.', arguments: [{ name: 'book', required: true }] }],
  }),
};

function answer(method: string, params: Message): object {
  const list = LISTS[method];
  if (list !== undefined) return { result: list() };
  if (method === 'initialize') {
    const { protocolVersion } = params;
    const capabilities = { tools: {}, resources: {}, prompts: {}, completions: {} };
    return { result: { protocolVersion, capabilities, serverInfo: { name: 'library', version: '1' } } };
  }
  if (method === 'resources/read') return read(String(params['uri']));
  if (method === 'completion/complete') return { result: { completion: { values: ['1984', 7, 'Emma'] } } };
  if (method === 'prompts/get') {
    const { book } = params['arguments'] as Message;
    return { result: { messages: [{ role: 'user', content: { type: 'text', text: `${UNSEEN} ${String(book)}` } }] } };
  }
  return { error: { code: -32601, message: 'unknown' } };
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line) as Message;
  if (id !== undefined) say({ id, ...answer(String(method), params as Message) });
});
