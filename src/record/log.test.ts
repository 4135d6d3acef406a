import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  allLines,
  event,
  linesOf,
  open,
  ORIGIN,
  rewrite,
  segmentNames,
  temporary,
  testKey,
} from '../../test/record/fixture.ts';
import { DISK, type Disk } from './disk.ts';
import { LogDamage } from './damage.ts';
import { openLog } from './log.ts';
import { verifyLog } from './verify.ts';

const FIRST = 'segment-000000000000.jsonl';

test('a record is one line of JSON with its place, and the first checkpoint signs it', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory);
  const receipt = await log.append(
    event(1, { principal: 'p'.repeat(43), ms: 1.25, bytes: 12, detail: 'a\u001b[2J\u00e9' }),
  );
  assert.deepEqual(receipt, { index: 0 });
  await log.append(event(2));
  await log.close();
  assert.deepEqual(linesOf(join(directory, FIRST)), [
    '{"index":0,"prev":"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU","time":1700000000001,"kind":"intent","request":"request-1","method":"tools/call","principal":"ppppppppppppppppppppppppppppppppppppppppppp","bytes":12,"ms":1.250,"detail":"a\\u001b[2J\\u00e9"}',
    '{"index":1,"prev":"_73f_A3Ri5ieguek21cD7c0Kqnu8e-bt5deTPKF4f8k","time":1700000000002,"kind":"intent","request":"request-2","method":"tools/call"}',
  ]);
  assert.match(
    readFileSync(join(directory, 'checkpoint'), 'utf8'),
    /^portcullis\.test\/notes\n2\n[^\n]{44}\n\n\u2014 portcullis\.test\/notes [^\n]+\n$/,
  );
});

test('directory and files are for the owner alone', { skip: process.platform === 'win32' }, async (t) => {
  const directory = temporary(t);
  const log = await open(t, join(directory, 'log'));
  await log.append(event(0));
  await log.checkpoint();
  const modeOf = (name: string): number => statSync(join(directory, 'log', name)).mode & 0o777;
  assert.deepEqual(
    [modeOf('.'), modeOf('checkpoints'), modeOf(FIRST), modeOf('checkpoint')],
    [0o700, 0o700, 0o600, 0o600],
  );
});

test('concurrent appends share batches, keep their order and survive rotation and reopening', async (t) => {
  const directory = temporary(t);
  const options = { segmentBytes: 4096, checkpointEvery: 50 };
  for (const round of [0, 1, 2]) {
    const log = await open(t, directory, options);
    assert.equal(log.size, round * 300);
    for (let burst = 0; burst < 3; burst++) {
      const promises = Array.from({ length: 100 }, (_, at) => log.append(event(round * 300 + burst * 100 + at)));
      assert.equal(new Set(promises).size, 1);
      await Promise.all(promises);
    }
    await log.close();
  }
  const records = allLines(directory).map((line): unknown => JSON.parse(line));
  assert.deepEqual(
    records.map((record) => [Object(record).index, Object(record).request]),
    Array.from({ length: 900 }, (_, at) => [at, `request-${at}`]),
  );
  assert.ok(segmentNames(directory).length >= 3);
  const report = await verifyLog(directory, (await open(t, directory)).verifier);
  assert.deepEqual([report.ok, report.records, report.signed], [true, 900, 900]);
});

test('a field that no one allowed is dropped and counted', async (t) => {
  const log = await open(t, temporary(t));
  const event1 = { ...event(1), password: 'hunter2 hunter2', arguments: { q: 'x' } };
  await log.append(event1);
  assert.deepEqual(log.dropped, { fields: 2, events: 0 });
});

test('what cannot be a record is refused, and the log goes on', async (t) => {
  const log = await open(t, temporary(t));
  await assert.rejects(log.append(event(1, { time: Number.NaN })), TypeError);
  await assert.rejects(log.append(event(1, { ms: Number.POSITIVE_INFINITY })), TypeError);
  const unknown = { ...event(1), kind: 'nonsense' };
  await assert.rejects(log.append(Object(unknown)), TypeError);
  assert.deepEqual(await log.append(event(2)), { index: 0 });
});

test('a second writer is refused while the first lives', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory);
  await assert.rejects(open(t, directory), /another process writes/);
  await log.close();
  await open(t, directory);
});

interface SmallDisk {
  room: number;
  readonly disk: Disk;
  wrote?: () => void;
}

/** A disk that takes `room` more bytes, then is full, as a real one is: a part of the batch is on it. */
function smallDisk(room: number): SmallDisk {
  const state: SmallDisk = {
    room,
    disk: {
      ...DISK,
      async write(fd, data, offset, length, position) {
        const part = Math.min(length, state.room);
        if (part === 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        state.room -= part;
        const written = await DISK.write(fd, data, offset, part, position);
        state.wrote?.();
        return written;
      },
    },
  };
  return state;
}

test('a full disk refuses the waiters, and the log recovers without losing or doubling an index', async (t) => {
  const directory = temporary(t);
  const alerts: string[] = [];
  const state = smallDisk(1000);
  const log = await open(t, directory, { disk: state.disk, onAlert: (detail) => alerts.push(detail) });
  await log.append(event(0));
  const refused = Array.from({ length: 20 }, (_, at) => log.append(event(100 + at)));
  log.note(event(1, { kind: 'denied' }));
  const results = await Promise.allSettled(refused);
  assert.deepEqual(new Set(results.map((result) => result.status)), new Set(['rejected']));
  assert.equal(log.healthy, false);
  await assert.rejects(log.append(event(200)), /could not be written/);
  state.room = Number.MAX_SAFE_INTEGER;
  await log.append(event(2));
  assert.equal(log.healthy, true);
  await log.close();
  const records = allLines(directory).map((line) => Object(JSON.parse(line)));
  assert.deepEqual(
    records.map((record) => record.index),
    [0, 1, 2, 3],
  );
  assert.deepEqual(
    records.map((record) => record.kind),
    ['intent', 'alert', 'denied', 'intent'],
  );
  assert.equal(records[1].detail, 'the log could not be written (ENOSPC): 21 events were refused');
  assert.deepEqual(alerts, ['the log cannot be written: ENOSPC']);
  assert.equal((await verifyLog(directory, log.verifier)).ok, true);
});

test('writing is tried again without a new event, so that a log that was given up becomes healthy', async (t) => {
  const state = smallDisk(0);
  const log = await open(t, temporary(t), { disk: state.disk });
  await assert.rejects(log.append(event(0)), /could not be written/);
  const works = Promise.withResolvers<void>();
  state.wrote = works.resolve;
  state.room = Number.MAX_SAFE_INTEGER;
  const keepAlive = setInterval(() => undefined, 1000);
  await works.promise;
  clearInterval(keepAlive);
  await log.append(event(1));
  assert.equal(log.healthy, true);
});

test('events beyond the queue are refused or counted, and the count is recorded', async (t) => {
  const directory = temporary(t);
  const log = await open(t, directory, { queueBytes: 1024 });
  for (let at = 0; at < 30; at++) log.note(event(at, { kind: 'denied' }));
  await assert.rejects(log.append(event(30)), /queue of the audit log is full/);
  const { events } = log.dropped;
  assert.ok(events > 0 && events < 30);
  await log.checkpoint();
  await log.close();
  const details = allLines(directory).map((line) => Object(JSON.parse(line)).detail);
  assert.ok(details.includes(`${events} events were lost: the queue was full`));
  await assert.rejects(log.append(event(31)), /closed/);
});

async function written(t: Parameters<typeof open>[0], count = 10): Promise<string> {
  const directory = temporary(t);
  const log = await open(t, directory);
  for (let at = 0; at < count; at++) await log.append(event(at));
  await log.close();
  return directory;
}

test('a torn last line is cut, and the cut is recorded', async (t) => {
  for (const torn of ['{"index":10,"prev":"47DE', '{"index":10,\0\0\0\0\n\0\0\0\n']) {
    const directory = await written(t);
    appendFileSync(join(directory, FIRST), torn);
    const log = await open(t, directory);
    assert.equal(log.size, 11);
    const last = Object(JSON.parse(allLines(directory).at(-1) ?? ''));
    assert.deepEqual([last.kind, last.detail], ['alert', `${FIRST} line 11 was not complete and was cut`]);
    assert.equal((await verifyLog(directory, log.verifier)).ok, true);
  }
});

test('a log that was changed is not opened, and the error says where', async (t) => {
  const cases: [string, (path: string) => void, RegExp][] = [
    [
      'altered',
      (path) => rewrite(path, (lines) => lines.with(4, (lines[4] ?? '').replace('tools/call', 'tools/list'))),
      /line 6 \(record 5\): the record does not follow/,
    ],
    [
      'last altered',
      (path) => rewrite(path, (lines) => lines.with(9, (lines[9] ?? '').replace('tools/call', 'tools/list'))),
      /line 10 \(record 9\): the records up to here/,
    ],
    [
      'dropped',
      (path) => rewrite(path, (lines) => lines.toSpliced(3, 1)),
      /line 4 \(record 3\): the record says that it is number 4/,
    ],
    [
      'cut',
      (path) => rewrite(path, (lines) => lines.slice(0, 8)),
      /\(record 8\): the log ends here, but a checkpoint signs 10/,
    ],
    [
      'cut within a line',
      (path) => truncateSync(path, statSync(path).size - 5),
      /line 10 \(record 9\): the record is cut short/,
    ],
    ['emptied', (path) => truncateSync(path, 0), /\(record 0\): the log ends here/],
    ['removed', (path) => rmSync(path), /no segment.*the log ends here/],
  ];
  for (const [name, change, message] of cases) {
    const directory = await written(t);
    change(join(directory, FIRST));
    await assert.rejects(
      open(t, directory),
      (error) => error instanceof LogDamage && message.test(error.message),
      name,
    );
  }
});

test('a log without its checkpoint, or with one of another key, is not opened', async (t) => {
  const directory = await written(t);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const other = { privateKey, publicKey: publicKey.export({ format: 'der', type: 'spki' }).subarray(-32) };
  await assert.rejects(open(t, directory, { key: other }), /is not signed by this log's key/);
  await assert.rejects(open(t, directory, { origin: 'another/log' }), /is not signed by this log's key/);
  rmSync(join(directory, 'checkpoint'));
  rmSync(join(directory, 'checkpoints'), { recursive: true });
  await assert.rejects(open(t, directory), /holds records but no checkpoint/);
});

test('a frontier that is missing or false costs time, not truth', async (t) => {
  const falsehoods = [
    () => undefined,
    () => 'AAAA\n',
    (real: string) => (real.startsWith('A') ? 'B' : 'A') + real.slice(1),
  ];
  for (const falsify of falsehoods) {
    const directory = temporary(t);
    const log = await open(t, directory, { segmentBytes: 1024 });
    for (let at = 0; at < 40; at++) await log.append(event(at));
    await log.close();
    const first = segmentNames(directory).at(-1)?.slice(8, 20) ?? '';
    const path = join(directory, 'checkpoints', `${first}.frontier`);
    const content = falsify(readFileSync(path, 'utf8'));
    if (content === undefined) rmSync(path);
    else writeFileSync(path, content);
    const again = await open(t, directory);
    await again.append(event(40));
    await again.close();
    assert.equal((await verifyLog(directory, log.verifier)).ok, true);
  }
});

test('options that nobody reads or that make no sense are refused', async (t) => {
  const directory = temporary(t);
  const misspelt = { directory, origin: ORIGIN, key: testKey(), segmentByte: 1 };
  await assert.rejects(openLog(misspelt), /unknown option "segmentByte"; did you mean "segmentBytes"/);
  await assert.rejects(open(t, directory, { segmentBytes: 0 }), /segmentBytes must be a whole number/);
  await assert.rejects(open(t, directory, { origin: 'with space' }), TypeError);
});
