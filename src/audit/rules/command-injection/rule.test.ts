import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const PROCESSES = `import { exec, execSync, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
const run = promisify(exec);
const NAMES = new Set(['a', 'b']);`;

const wrong: Readonly<Record<string, readonly [body: string, shape?: string]>> = {
  'a template': ['execSync(`git log ${input.name}`);'],
  'a concatenation by a promise': ["await run('ls ' + input.name);"],
  'quoting by hand': [`execSync('ls "' + input.name.replace(/"/g, '\\\\"') + '"');`],
  'some refused characters': ["if (/[;&|]/.test(input.name)) throw new Error('no'); execSync(`ls ${input.name}`);"],
  'a shell asked for': ["spawn('ls', [input.name], { shell: true });"],
  'a shell called': ["spawn('sh', ['-c', `ls ${input.name}`]);"],
  'a program of the caller': ["execFile(input.name, ['x']);"],
  'a list joined': ["const words = ['ls']; words.push(input.name); execSync(words.join(' '));"],
  'an expression without an end': ['if (!/^[a-z]+/.test(input.name)) return; execSync(`ls ${input.name}`);'],
  'through an object': ['const made = { line: { text: `ls ${input.name}` } }; execSync(made.line.text);'],
  'through a callback': ['input.names.forEach((name) => execSync(`ls ${name}`));', 'names: z.array(z.string())'],
  'through JSON': ["const copy = JSON.parse(JSON.stringify(input)); execSync('ls ' + copy.name);"],
  'a check on one way only': ["if (input.deep && !NAMES.has(input.name)) return; execSync('ls ' + input.name);"],
  'a check that only logs': ["if (!NAMES.has(input.name)) console.error('odd'); execSync('ls ' + input.name);"],
};

const right: Readonly<Record<string, readonly [body: string, shape?: string]>> = {
  'an argument list': ["execFile('ls', ['--', input.name]);"],
  'a list of names': ["if (!NAMES.has(input.name)) throw new Error('no'); execSync(`ls ${input.name}`);"],
  'an enumeration': ['execSync(`ls ${input.name}`);', "name: z.enum(['a', 'b'])"],
  'an anchored pattern': ['execSync(`ls ${input.name}`);', 'name: z.string().regex(/^[a-z0-9-]+$/)'],
  'a number': ['execSync(`ls ${Number(input.name)}`);'],
  'what is left of it': ["execSync(`ls ${input.name.replace(/[^a-z]/g, '')}`);"],
  'one of two words': ["execSync(`ls ${input.name === 'x' ? 'x' : 'y'}`);"],
  'a switch': [
    "switch (input.name) { case 'a': execSync(`ls ${input.name}`); break; default: throw new Error('no'); }",
  ],
  'its length': ['execSync(`head -c ${input.name.length}`);'],
};

for (const [name, [body, shape = 'name: z.string()']] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, shape, PROCESSES));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, [body, shape = 'name: z.string()']] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, shape, PROCESSES))?.status, 'pass');
  });

test('a flow that is wholly seen is sure, and one behind a check that is not understood is less', () => {
  const sure = judgeCode(rule, toolServer('execSync(`ls ${input.name}`);', 'name: z.string()', PROCESSES));
  assert.equal(sure?.hits[0]?.confidence, 'high');
  assert.deepEqual(sure.hits[0].place, { file: 'a.ts', line: 9, column: 1 });
  const checked =
    "import { fine } from 'checks'; if (!fine(input.name)) throw new Error('no'); execSync(`ls ${input.name}`);";
  const lines = checked.split('; ');
  const body = lines.slice(1).join('; ');
  const less = judgeCode(rule, toolServer(body, 'name: z.string()', `${PROCESSES}\n${lines[0]};`));
  assert.equal(less?.hits[0]?.confidence, 'medium');
});

test('a value is followed through files, classes and wrapped handlers', () => {
  const judged = judgeCode(rule, {
    'src/index.ts': `import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { tools } from './tools/index.js';
const logged = (inner) => async (request) => { console.error('called'); return inner(request); };
const server = new Server({ name: 'x', version: '1' }, { capabilities: { tools: {} } });
server.setRequestHandler(CallToolRequestSchema, logged(async (request) => {
  const { name, arguments: given } = request.params;
  const found = tools.find((each) => each.name === name);
  return await found.run(given);
}));`,
    'src/tools/index.ts': `export * from './all.js';`,
    'src/tools/all.ts': `import { Runner } from '../runner.js';
const runner = new Runner('/work');
export const tools = [{ name: 'log', run: async ({ branch }) => runner.log(branch) }];`,
    'src/runner.ts': `import { execSync } from 'child_process';
export class Runner {
  constructor(private readonly folder: string) {}
  log(branch: string) { return this.#run(\`git log \${branch}\`); }
  #run(line: string) { return execSync(line, { cwd: this.folder }).toString(); }
}`,
  });
  assert.equal(judged?.status, 'fail');
  assert.deepEqual(judged.hits[0]?.place, { file: 'src/runner.ts', line: 5, column: 31 });
});

test('a server of which no handler is recognised is unknown, and code that is no server is not asked', () => {
  const server = `import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'; new McpServer({});`;
  assert.equal(judgeCode(rule, server)?.status, 'unknown');
  assert.equal(judgeCode(rule, 'export const a = 1;'), undefined);
});

const LAUNCH = `import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { spawn } from 'node:child_process';
const PROGRAMS = ['node', 'uvx'];
const SERVERS = { time: { command: 'uvx', args: ['time-server'] } };`;

test('wrong: a server is started as a caller says, or from a list of programs with whatever arguments', () => {
  const shape = 'program: z.string(), words: z.array(z.string())';
  const of = (body: string): string | undefined => judgeCode(rule, toolServer(body, shape, LAUNCH))?.status;
  const listed = "if (!PROGRAMS.includes(input.program)) throw new Error('no');";
  assert.equal(of('new StdioClientTransport({ command: input.program, args: [] });'), 'fail');
  assert.equal(of(`${listed} new StdioClientTransport({ command: input.program, args: input.words });`), 'fail');
  assert.equal(of(`${listed} spawn(input.program, input.words);`), 'fail');
  assert.equal(of(`${listed} spawn(input.program, ['--version']);`), 'pass');
  assert.equal(
    of('if (!(input.program in SERVERS)) return; new StdioClientTransport(SERVERS[input.program]);'),
    'pass',
  );
});
