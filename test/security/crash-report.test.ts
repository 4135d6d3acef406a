import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findCanary } from '../support/canary.ts';

// Heap snapshots and core dumps are left out: they are the memory of the process, and the values are in it.

const SCRIPT = fileURLToPath(new URL('./canary/crash.ts', import.meta.url));
const FLAGS = ['--report-uncaught-exception', '--report-on-fatalerror', '--max-old-space-size=64'];

for (const name of ['crash', 'exhaust']) {
  test(`a server that dies (${name}) leaves a diagnostic report without its secrets`, {
    timeout: 120_000,
  }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-crash-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const canaries = ['file', 'env'].map((where) => `canary-in-${where}-${randomBytes(12).toString('hex')}`);
    const [inFile = '', inEnv = ''] = canaries;
    writeFileSync(join(folder, 'value'), inFile, { mode: 0o600 });
    const child = spawn(process.execPath, [...FLAGS, `--report-directory=${folder}`, SCRIPT, join(folder, 'value')], {
      env: { ...process.env, NODE_OPTIONS: '', PORTCULLIS_CANARY: inEnv },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let written = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        written += text;
      });
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const params = { name, arguments: {}, _meta: meta };
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })}\n`);
    const [code, signal] = await once(child, 'close');
    assert.ok(code !== 0 || signal !== null);
    const [report = ''] = readdirSync(folder).filter((file) => file.startsWith('report.'));
    const text = readFileSync(join(folder, report), 'utf8');
    assert.match(
      text,
      name === 'crash' ? /"trigger": "Exception"/ : /"trigger": "OOMError"|"event": "Allocation failed/,
    );
    assert.match(text, /"environmentVariables"/);
    assert.equal(findCanary(text, canaries), undefined);
    assert.equal(findCanary(written, canaries), undefined);
  });
}
