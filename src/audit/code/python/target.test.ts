import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { rule as commands } from '../../rules/command-injection/rule.ts';
import { rule as certificates } from '../../rules/unchecked-certificate/rule.ts';
import { rule as secrets } from '../../rules/secret-in-code/rule.ts';
import { gatherCode } from '../gather.ts';

async function project(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-python-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const SERVER =
  'import subprocess\nfrom mcp.server.fastmcp import FastMCP\n\nmcp = FastMCP("a")\n\n\n@mcp.tool()\ndef ping(host: str) -> str:\n';

test('a project in Python is judged by the rules that judge TypeScript', async (t) => {
  const key = ['sk', 'live', '4eC39HqLyjWDarjtT1zdp7dc'].join('_');
  const flaw = `${SERVER}    return subprocess.getoutput("ping " + host)\n\n\nSTRIPE = "${key}"\n`;
  const fix = `${SERVER}    return subprocess.run(["ping", "-c", "1", host], capture_output=True, text=True).stdout\n`;
  const wrong = await gatherCode(await project(t, { 'app/server.py': flaw, 'tests/test_server.py': flaw }));
  assert.deepEqual(wrong.unread, []);
  assert.deepEqual(wrong.files, ['app/server.py']);
  const judged = commands.judge(commands.gather(wrong) ?? { seen: 0, facts: [] });
  assert.equal(judged.status, 'fail');
  assert.deepEqual(
    judged.hits.map(({ place, confidence }) => [place, confidence]),
    [[{ file: 'app/server.py', line: 9, column: 12 }, 'high']],
  );
  assert.equal(secrets.judge(secrets.gather(wrong) ?? { seen: 0, facts: [] }).status, 'fail');
  assert.ok(!JSON.stringify(wrong).includes(key));
  const right = await gatherCode(await project(t, { 'app/server.py': fix }));
  assert.equal(commands.judge(commands.gather(right) ?? { seen: 0, facts: [] }).status, 'pass');
});

test('a server in Python of which no handler is understood is unknown, and a script is nothing of the kind', async (t) => {
  const server = 'from mcp.server import Server\nserver = Server("a")\n';
  const unclear = commands.gather(await gatherCode(await project(t, { 'a.py': server })));
  assert.equal(unclear === undefined ? undefined : commands.judge(unclear).status, 'unknown');
  const script = await project(t, { 'a.py': 'import os, sys\nos.system(sys.argv[1])\n' });
  assert.equal(commands.gather(await gatherCode(script)), undefined);
});

test('certificates that are not checked are found in Python', async (t) => {
  const lines = ['import requests, httpx', 'requests.get(URL, verify=False)', 'httpx.AsyncClient(verify=True)'];
  const subject = await gatherCode(await project(t, { 'a.py': lines.join('\n') }));
  const { hits } = certificates.judge(certificates.gather(subject) ?? { seen: 0, facts: [] });
  assert.deepEqual(
    hits.map(({ place }) => place),
    [{ file: 'a.py', line: 2, column: 1 }],
  );
});

test('what is no Python is told, and nothing else is lost', async (t) => {
  const folder = await project(t, { 'a.py': `${SERVER}    return host\n`, 'b.py': 'def f(:\n' });
  const subject = await gatherCode(folder);
  assert.deepEqual(
    subject.unread.map(({ file, why }) => [file, why]),
    [['b.py', 'it is no Python 3']],
  );
  assert.deepEqual(
    subject.handlers.map(({ kind, name }) => [kind, name]),
    [['tool', 'ping']],
  );
});

test('without its parser each file of Python says what to install', async () => {
  const front = new URL('front-end.ts', import.meta.url).href;
  const script = `
    import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name === 'web-tree-sitter') throw new Error('absent');
      return next(name, context);
    } });
    const { python } = await import('${front}');
    await python.prepare();
    try { python.read('a.py', 'a'); } catch (error) { process.stdout.write(error.message); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  assert.match(stdout, /: npm install --save-exact web-tree-sitter@0\.27\.1 tree-sitter-python@0\.25\.0$/);
});

test('tools of a class of its own are found, whatever types it is for and however it registers them', async (t) => {
  const own =
    'from typing import Any\nfrom fastmcp import FastMCP\n\n\nclass Own(FastMCP[Any]):\n    def tool(self, *args, **kwargs):\n        kwargs = {**kwargs, "tags": {"own"}}\n        return super().tool(*args, **kwargs)\n';
  const server =
    'import subprocess\nfrom app.own import Own\n\nmcp = Own(name="a")\n\n\n@mcp.tool(title="Ping")\ndef ping(host: str) -> str:\n    return subprocess.getoutput("ping " + host)\n';
  const { handlers, flows } = await gatherCode(await project(t, { 'app/own.py': own, 'app/server.py': server }));
  assert.deepEqual(
    handlers.map(({ name, line }) => [name, line]),
    [['ping', 8]],
  );
  assert.deepEqual(
    flows.map(({ kind, line }) => [kind, line]),
    [['shell', 9]],
  );
});
