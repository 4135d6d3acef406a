import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { connectHttp } from '../../src/audit/http-client.ts';
import { textOf } from '../../src/audit/judge.ts';
import type { Connection } from '../../src/audit/rule.ts';
import { VERIFIER_FILE } from '../../src/config/places.ts';
import { writeLock } from '../../src/gateway/lock.ts';
import { startIssuer } from '../../src/prove/issuer.ts';
import { readLog } from '../../src/record/read.ts';
import { verifyLog } from '../../src/record/verify.ts';
import { detectSandbox } from '../../src/sandbox/support.ts';
import { portcullis } from '../support/command.ts';
import { eventually } from '../support/eventually.ts';
import { digestLaunch } from '../../src/gateway/consent.ts';
import { hostile, pinned } from '../support/gateway-target.ts';
import { processes } from '../support/processes.ts';

const { missing } = await detectSandbox();
const options = {
  timeout: 900_000,
  ...(missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${missing}` }),
};
const KILLS = Number(process.env['PORTCULLIS_GATEWAY_KILLS'] ?? 8);
const CALLS_BEFORE_KILL = 20;

/** Makes one call, whose trace stands in its arguments as well; gives whether it was answered with them. */
async function call(connection: Connection, act: 'echo' | 'hang', trace: string): Promise<boolean> {
  const meta = { traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const reply = await connection.request('tools/call', { name: 'up__act', arguments: { act, with: trace } }, { meta });
  const isAnswered = textOf(reply).endsWith(` ${trace}`);
  // A call in progress gets no half of an answer: the connection is closed.
  if (!isAnswered) assert.deepEqual([reply.status, reply.message], [undefined, undefined], reply.text);
  return isAnswered;
}

test(`after each of ${KILLS} kills of the gateway under load every call is in the log`, options, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-gateway-kill-'));
  const issuer = await startIssuer();
  t.after(async () => {
    await issuer.close();
    await rm(folder, { recursive: true, force: true });
  });
  // Where the tests are root, the sandbox is another user.
  await chmod(folder, 0o755);
  const written = join(folder, 'written');
  await mkdir(written);
  await chmod(written, 0o777);
  const file = join(written, 'calls');
  // Each process of the upstream has a user of its own.
  await writeFile(file, '');
  await chmod(file, 0o666);
  const marker = `marker-${randomUUID()}`;
  // An absolute path would be pinned with its content; inside, the working folder is /tmp.
  const upstream = hostile({ calls: { folder: written, file: relative('/tmp', file) }, marker });
  const { pin, launch } = await pinned('up', upstream);
  const consents = {
    up: { digest: digestLaunch(upstream, launch.installed), by: 'someone', at: '2026-01-01T00:00:00.000Z' },
  };
  const lock = { format: 'portcullis-lock-1', upstreams: { up: pin }, consents } as const;
  await writeLock(join(folder, 'portcullis.lock'), lock);
  const config = { profile: 'dev', auth: { issuers: [{ issuer: issuer.issuer }] }, upstreams: { up: upstream } };
  await writeFile(join(folder, 'portcullis.yaml'), JSON.stringify(config));
  const audit = join(folder, '.portcullis', 'audit');
  const answered = new Set<string>();

  /** Checks what is left of the rounds until now, once the gateway has begun anew. */
  const check = async (round: number): Promise<void> => {
    const report = await verifyLog(audit, (await readFile(join(audit, VERIFIER_FILE), 'utf8')).trim());
    assert.equal(report.ok, true, `round ${round}: ${JSON.stringify(report.findings)}`);
    const [intents, outcomes] = [new Set<string>(), new Set<string>()];
    for await (const { kind, trace, decision } of readLog(audit)) {
      if (trace === undefined) continue;
      if (kind === 'intent') intents.add(trace);
      if (kind === 'outcome' && decision === 'pass') outcomes.add(trace);
    }
    const performed = (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '');
    const traces = performed.map((line) => line.split(' ')[1] ?? '');
    assert.equal(new Set(traces).size, traces.length, `round ${round}: a call was made twice`);
    for (const trace of traces) assert.ok(intents.has(trace), `round ${round}: a call that was made has no intent`);
    for (const trace of answered) assert.ok(outcomes.has(trace), `round ${round}: an answered call has no outcome`);
  };

  for (let round = 0; round <= KILLS; round += 1) {
    const gateway = portcullis(t, folder, ['gateway', '--port', '0']);
    const [, url = ''] = await gateway.until(/endpoint +(http:\S+)/);
    await gateway.until(/Ctrl-C stops it/);

    await check(round);
    if (round === KILLS) {
      gateway.signal('SIGTERM');
      assert.equal(await gateway.ended, 0);
      break;
    }
    const connections: Connection[] = [];
    for (const [sub, era] of [
      ['alice', 'modern'],
      ['bob', 'legacy'],
    ] as const) {
      const token = await issuer.mint({ sub, scope: 'up:write', aud: url });
      connections.push(await connectHttp({ url: new URL(url), era, token, capabilities: {} }));
    }

    let killed = false;
    let count = 0;
    const load = async (connection: Connection): Promise<void> => {
      while (!killed) {
        const trace = randomBytes(16).toString('hex');
        if (!(await call(connection, 'echo', trace))) continue;
        answered.add(trace);
        count += 1;
        if (count < CALLS_BEFORE_KILL || killed) continue;
        killed = true;
        gateway.signal('SIGKILL');
      }
    };
    const hanging = connections.map((connection) => call(connection, 'hang', randomBytes(16).toString('hex')));
    await Promise.all(connections.flatMap((connection) => [load(connection), load(connection), load(connection)]));
    assert.deepEqual(await Promise.all(hanging), [false, false]);
    assert.equal(await gateway.ended, 'SIGKILL');
    // What it had started ends with it.
    await eventually(() => processes(marker).length === 0);
  }
  assert.ok(answered.size >= KILLS * CALLS_BEFORE_KILL);
  assert.deepEqual(processes(marker), []);
});
