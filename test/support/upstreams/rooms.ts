import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// A legacy server whose calls last as long as a test wants. Its arguments: the folder in which a file ends the call that waits for
// it; whatever else makes one start of it differ from another. What it says begins with a name that each process has of its own.

const [folder = '/'] = process.argv.slice(2);
const boot = randomUUID();
type Message = Readonly<Record<string, unknown>>;
const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const inputSchema = { type: 'object', properties: { key: { type: 'string', maxLength: 64 } }, required: ['key'] };

const LISTS: Readonly<Record<string, object>> = {
  'tools/list': {
    tools: [
      { name: 'hold', description: 'Answers when it is let go.', inputSchema },
      { name: 'who', description: 'Says which process it is.', inputSchema },
      { name: 'more', description: 'Says the same.', inputSchema },
    ],
  },
  'resources/list': {
    resources: [
      { uri: 'rooms://hall', name: 'hall', description: 'The hall.' },
      { uri: 'rooms://books/cellar', name: 'cellar', description: 'What is under the books.' },
    ],
  },
  'resources/templates/list': {
    resourceTemplates: [{ uriTemplate: 'rooms://books/{id}', name: 'book', description: 'One book.' }],
  },
  'prompts/list': { prompts: [{ name: 'greet', description: 'Says hello.', arguments: [] }] },
};

function answer(id: unknown, method: string, params: Message): void {
  const result = (value: object): void => say({ id, result: value });
  const list = LISTS[method];
  if (list !== undefined) return result(list);
  if (method === 'initialize') {
    const capabilities = { tools: {}, resources: {}, prompts: {} };
    const { protocolVersion } = params;
    return result({ protocolVersion, capabilities, serverInfo: { name: 'rooms', version: '1' } });
  }
  if (method === 'resources/read')
    return result({ contents: [{ uri: params['uri'], mimeType: 'text/plain', text: boot }] });
  if (method === 'prompts/get') return result({ messages: [{ role: 'user', content: { type: 'text', text: boot } }] });
  if (method !== 'tools/call') return say({ id, error: { code: -32601, message: 'unknown' } });
  const { key } = params['arguments'] as Message;
  const end = (): void => result({ content: [{ type: 'text', text: `${boot} ${String(key)}` }] });
  if (params['name'] !== 'hold') return end();
  const look = (): void => void (existsSync(join(folder, 'go')) ? end() : setTimeout(look, 20));
  return look();
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params = {} } = JSON.parse(line) as Message;
  if (id !== undefined) answer(id, String(method), params as Message);
});
