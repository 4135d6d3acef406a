import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readLog } from '../../src/record/read.ts';
import { verifyLog } from '../../src/record/verify.ts';
import { open, segmentNames, temporary } from './fixture.ts';

/** Set PORTCULLIS_KILLS for a longer run. */
const KILLS = Number(process.env['PORTCULLIS_KILLS'] ?? 5);
const CHILD = join(import.meta.dirname, 'append-under-load.ts');

/** Starts the writer, kills it once it has acknowledged some events, and gives what it acknowledged. */
async function killedUnderLoad(directory: string, first: number, after: number): Promise<number[]> {
  const child = spawn(process.execPath, [CHILD, directory, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let text = '';
  let lines = 0;
  child.stdout.setEncoding('latin1').on('data', (chunk: string) => {
    text += chunk;
    lines += chunk.split('\n').length - 1;
    if (lines >= after) child.kill('SIGKILL');
  });
  const [, signal] = await closed;
  assert.equal(signal, 'SIGKILL');
  return text.split('\n').slice(0, -1).map(Number);
}

test(`after ${KILLS} kills under load the log is whole and holds every event that was acknowledged`, async (t) => {
  const directory = temporary(t);
  const acknowledged = new Set<number>();
  for (let kill = 0; kill < KILLS; kill++) {
    const first = kill * 1_000_000;
    for (const number of await killedUnderLoad(directory, first, 1 + Math.floor(Math.random() * 1500)))
      acknowledged.add(number);
    if (kill % 2 === 1) {
      // A kill seldom tears a line; a power cut does.
      appendFileSync(join(directory, segmentNames(directory).at(-1) ?? ''), '{"index":12,"prev":"torn');
    }
    const log = await open(t, directory);
    await log.close();
    const report = await verifyLog(directory, log.verifier);
    assert.deepEqual(report.findings, []);
    const recorded = new Set<string>();
    for await (const record of readLog(directory)) {
      assert.ok(record.kind === 'alert' || !recorded.has(record.request), `${record.request} is there twice`);
      recorded.add(record.request);
    }
    const lost = [...acknowledged].filter((number) => !recorded.has(`request-${number}`));
    assert.deepEqual(lost, [], `kill ${kill + 1}`);
  }
  t.diagnostic(`${acknowledged.size} events were acknowledged`);
});
