import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as z from 'zod';
import { http, tool } from '../../src/index.ts';
import type { AuditEvent, Recorder } from '../../src/record/event.ts';
import { startOpen } from '../support/open-server.ts';

const [CALLS, ROTATIONS, WORKERS] = [10_000, 20, 16];
const UPSTREAM = 'crm.example';

/** An upstream that knows which values are good now, and what it refused. */
async function startUpstream(t: TestContext) {
  const good = new Set<string>();
  const seen = new Set<string>();
  const refused: string[] = [];
  const server = createServer((request, response) => {
    const value = (request.headers.authorization ?? '').replace(/^Bearer /, '');
    seen.add(value);
    if (!good.has(value)) refused.push(value);
    response.writeHead(good.has(value) ? 200 : 401, { 'content-type': 'application/json' });
    response.end('{"ok":true}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { good, seen, refused, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const ask = tool({
  name: 'ask',
  description: 'Asks the CRM.',
  input: z.strictObject({}),
  output: z.strictObject({ status: z.int() }),
  scope: 'crm:read',
  effect: 'read',
  needs: { crm: http([UPSTREAM]) },
  async run(_, { crm }) {
    const { status } = await crm.get(`https://${UPSTREAM}/customers`);
    return { status };
  },
});

function memoryRecorder(events: AuditEvent[]): Recorder {
  return {
    append(event) {
      events.push(event);
      return Promise.resolve({ index: events.length });
    },
    note: (event) => void events.push(event),
    healthy: true,
    close: () => Promise.resolve(),
  };
}

test('10,000 calls while a secret rotates 20 times: none fails, and none uses a value that has ended', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-rotation-'));
  const path = join(folder, 'crm');
  const upstream = await startUpstream(t);
  const rotateTo = (value: string): void => {
    writeFileSync(`${path}.new`, value, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  let value = randomBytes(24).toString('base64url');
  upstream.good.add(value);
  rotateTo(value);
  const events: AuditEvent[] = [];
  const limits = {
    concurrentPerTool: 4 * WORKERS,
    perMinutePrincipal: 10_000_000,
    burstPrincipal: 10_000_000,
    perMinuteServer: 10_000_000,
    burstServer: 10_000_000,
  };
  const open = await startOpen(
    { tools: [ask] },
    {
      limits,
      recorder: memoryRecorder(events),
      secrets: { crm: { from: `file:${path}`, overlap: '10s' } },
      hosts: { [UPSTREAM]: { standIn: upstream.url, credential: { scheme: 'Bearer', secret: 'crm' } } },
    },
  );
  t.after(async () => {
    await open.host.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let [begun, done, rotations] = [0, 0, 0];
  const failures: string[] = [];
  const running = new Map<number, Promise<void>>();
  const call = async (): Promise<void> => {
    const { status, text } = await open.send('tools/call', { name: 'ask', arguments: {} });
    if (status !== 200 || !text.includes('"status":200')) failures.push(`${status} ${text}`);
    done += 1;
  };
  const work = async (): Promise<void> => {
    // The last rotations may end after the last of the calls that were asked for.
    const goesOn = (): boolean => begun < CALLS || rotations < ROTATIONS;
    while (goesOn()) {
      const id = begun++;
      const calling = call();
      running.set(id, calling);
      await calling;
      running.delete(id);
    }
  };
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const rotate = async (): Promise<void> => {
    for (; rotations < ROTATIONS; rotations++) {
      const due = (rotations * CALLS) / ROTATIONS / 2;
      await until(() => done >= due);
      const old = value;
      value = randomBytes(24).toString('base64url');
      upstream.good.add(value);
      rotateTo(value);
      const fresh = value;
      await until(() => upstream.seen.has(fresh));
      // Calls that had the old value when the new one came may use it to their end, and none that began later.
      await Promise.all(running.values());
      upstream.good.delete(old);
    }
  };
  await Promise.all([rotate(), ...Array.from({ length: WORKERS }, work)]);

  assert.deepEqual(failures.slice(0, 3), []);
  assert.deepEqual(upstream.refused, []);
  assert.ok(done >= CALLS);
  assert.equal(upstream.seen.size, ROTATIONS + 1);
  const taken = events.filter(({ kind, decision }) => kind === 'rotation' && decision === 'accepted');
  assert.equal(taken.length, ROTATIONS);
  const recorded = JSON.stringify(events);
  for (const secret of upstream.seen) assert.ok(!recorded.includes(secret));
});
