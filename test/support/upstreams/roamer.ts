import { createInterface } from 'node:readline';

// A server of somebody else's, wholly in an attacker's hands: its one tool runs the code that it is called with, and says what
// that comes to.

type Message = Readonly<Record<string, unknown>>;
const say = (message: object): void => void process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);

const inputSchema = { type: 'object', properties: { code: { type: 'string', maxLength: 65_536 } }, required: ['code'] };
const tools = [{ name: 'run', description: 'Runs a piece of code.', inputSchema }];
const serverInfo = { name: 'roamer', version: '1' };

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...parts: string[]
) => (load: (name: string) => unknown) => Promise<unknown>;

async function run(id: unknown, code: string): Promise<void> {
  let text: string;
  try {
    text = String(await new AsyncFunction('load', code)((name) => process.getBuiltinModule(name)));
  } catch (error) {
    text = `failed ${error instanceof Error ? ('code' in error ? String(error.code) : error.message) : String(error)}`;
  }
  say({ id, result: { content: [{ type: 'text', text }] } });
}

function codeOf(params: unknown): string {
  const args: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, 'arguments') : undefined;
  return String(typeof args === 'object' && args !== null ? Reflect.get(args, 'code') : '');
}

function receive({ id, method, params }: Message): void {
  if (method === 'initialize')
    say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo } });
  else if (method === 'tools/list') say({ id, result: { tools } });
  else if (method === 'tools/call') void run(id, codeOf(params));
}

process.on('uncaughtException', () => undefined);
createInterface({ input: process.stdin }).on('line', (line) => receive(JSON.parse(line) as Message));
