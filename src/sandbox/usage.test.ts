import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { innermost } from './usage.ts';

const options = process.platform === 'linux' ? {} : { skip: 'needs /proc of Linux' };

test('a process that another thread than the first has started is found', options, async () => {
  const threaded = `
    const { Worker } = require('node:worker_threads');
    new Worker('require("node:child_process").spawn("cat", { stdio: ["inherit", "ignore", "ignore"] })' +
      '.once("spawn", function () { process.stdout.write(String(this.pid)); })', { eval: true });
    setInterval(() => undefined, 1000);`;
  const child = spawn(process.execPath, ['-e', threaded], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [pid] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(innermost(child.pid ?? 0), Number(pid.toString()));
  } finally {
    child.stdin.end();
    child.kill('SIGKILL');
  }
});
