import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import fc from 'fast-check';
import { Circuit } from './circuit.ts';

const RULES = { failures: 3, windowMs: 60_000, openMs: 1000 };
const clock = { now: 1_000_000 };
beforeEach(() => {
  mock.restoreAll();
  clock.now = 1_000_000;
  mock.method(Date, 'now', () => clock.now);
});

const fail = (circuit: Circuit, id: string, times = 3): void => {
  for (let i = 0; i < times; i++) circuit.count(id, false, clock.now);
};
const seen = (circuit: Circuit, id: string): string => {
  const admission = circuit.admit(id, clock.now);
  return admission.kind === 'wait' ? `wait ${admission.ms} ${admission.forAll ? 'all' : 'own'}` : admission.kind;
};

test('the failures of one caller stop that caller, and nobody else', () => {
  const circuit = new Circuit(RULES);
  fail(circuit, 'mallory', 2);
  assert.equal(seen(circuit, 'mallory'), 'go');
  assert.equal(circuit.count('mallory', false, clock.now), 'caller');
  assert.equal(seen(circuit, 'mallory'), 'wait 1000 own');
  fail(circuit, 'mallory', 100);
  assert.equal(seen(circuit, 'bob'), 'go');
});

test('one who succeeds more often than not is not stopped', () => {
  const circuit = new Circuit(RULES);
  for (let i = 0; i < 20; i++) {
    circuit.count('ann', true, clock.now);
    circuit.count('ann', true, clock.now);
    assert.equal(circuit.count('ann', false, clock.now), undefined);
  }
});

test('failures that are older than the window are forgotten', () => {
  const circuit = new Circuit(RULES);
  fail(circuit, 'ann', 2);
  clock.now += 60_001;
  assert.equal(circuit.count('ann', false, clock.now), undefined);
  assert.equal(seen(circuit, 'ann'), 'go');
});

test('one trial at a time; it closes the circuit, or opens it for longer', () => {
  const circuit = new Circuit(RULES);
  fail(circuit, 'ann');
  clock.now += 1000;
  const first = circuit.admit('ann', clock.now);
  assert.equal(first.kind, 'trial');
  assert.equal(seen(circuit, 'ann'), 'wait 1000 own');
  if (first.kind === 'trial') first.end(false);
  assert.equal(seen(circuit, 'ann'), 'wait 2000 own');
  clock.now += 2000;
  const refused = circuit.admit('ann', clock.now);
  // Refused by another control: nothing was tried.
  if (refused.kind === 'trial') refused.end(undefined);
  const second = circuit.admit('ann', clock.now);
  if (second.kind === 'trial') second.end(true);
  assert.equal(seen(circuit, 'ann'), 'go');
  assert.equal(seen(circuit, 'ann'), 'go');
});

test('it never stays open for longer than twenty times as long', () => {
  const circuit = new Circuit(RULES);
  fail(circuit, 'ann');
  for (let i = 0; i < 12; i++) {
    clock.now += 1_000_000;
    const trial = circuit.admit('ann', clock.now);
    if (trial.kind === 'trial') trial.end(false);
  }
  assert.equal(seen(circuit, 'ann'), 'wait 20000 own');
});

test('three callers that fail stop the tool for everyone, unless as many succeed', () => {
  const busy = new Circuit(RULES);
  for (const id of ['p', 'q', 'r', 's']) busy.count(id, true, clock.now);
  for (const id of ['a', 'b', 'c']) fail(busy, id);
  assert.equal(seen(busy, 'ann'), 'go');

  const circuit = new Circuit(RULES);
  circuit.count('p', true, clock.now);
  for (const id of ['a', 'b']) fail(circuit, id);
  assert.equal(seen(circuit, 'ann'), 'go');
  fail(circuit, 'c', 2);
  assert.equal(circuit.count('c', false, clock.now), 'all');
  assert.equal(seen(circuit, 'ann'), 'wait 1000 all');
});

test('one caller cannot keep the tool paused for the others', () => {
  const circuit = new Circuit(RULES);
  for (const id of ['mallory', 'b', 'c']) fail(circuit, id);
  clock.now += 1000;
  const trial = circuit.admit('mallory', clock.now);
  assert.equal(trial.kind, 'trial');
  if (trial.kind === 'trial') trial.end(false);
  assert.equal(seen(circuit, 'mallory').startsWith('wait'), true);
  const other = circuit.admit('ann', clock.now);
  assert.equal(other.kind, 'trial');
  if (other.kind === 'trial') other.end(true);
  assert.equal(seen(circuit, 'ann'), 'go');
  assert.equal(seen(circuit, 'bob'), 'go');
});

test('three that fail at the trial open it again, for longer', () => {
  const circuit = new Circuit(RULES);
  for (const id of ['a', 'b', 'c']) fail(circuit, id);
  clock.now += 1000;
  for (const id of ['x', 'y', 'z']) {
    const trial = circuit.admit(id, clock.now);
    assert.equal(trial.kind, 'trial', id);
    if (trial.kind === 'trial') trial.end(false);
  }
  assert.equal(seen(circuit, 'ann'), 'wait 2000 all');
});

test('memory is bounded, and what nobody fails at is let go', () => {
  const circuit = new Circuit(RULES);
  for (let i = 0; i < 5000; i++) circuit.count(`caller-${i}`, false, clock.now);
  assert.equal(circuit.isIdle(clock.now), false);
  clock.now += 60_001;
  assert.equal(circuit.isIdle(clock.now), true);
});

test('whatever one caller does, another is let in', () => {
  const step = fc.tuple(
    fc.constantFrom('ok', 'bad', 'trial ok', 'trial bad', 'trial lost'),
    fc.integer({ min: 0, max: 70_000 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const circuit = new Circuit(RULES);
      for (const [what, ms] of steps) {
        clock.now += ms;
        const admission = circuit.admit('mallory', clock.now);
        if (admission.kind === 'trial') admission.end(what === 'trial lost' ? undefined : what === 'trial ok');
        else if (admission.kind === 'go') circuit.count('mallory', what === 'ok', clock.now);
        assert.equal(seen(circuit, 'bob'), 'go');
      }
    }),
  );
});

const shutForAll = (): Circuit => {
  const circuit = new Circuit(RULES);
  for (const id of ['ann', 'bob', 'cid']) fail(circuit, id);
  assert.equal(seen(circuit, 'dora'), 'wait 1000 all');
  clock.now += 1000;
  return circuit;
};

test('a caller whose trials come to nothing does not keep others from theirs', () => {
  const circuit = shutForAll();
  const first = circuit.admit('mallory', clock.now);
  assert.equal(first.kind, 'trial');
  if (first.kind === 'trial') first.end(undefined);
  assert.equal(seen(circuit, 'mallory'), 'wait 1000 all');
  const other = circuit.admit('dora', clock.now);
  assert.equal(other.kind, 'trial');
  if (other.kind === 'trial') other.end(undefined);
  clock.now += 1000;
  assert.equal(seen(circuit, 'mallory'), 'trial');
});

test('a trial that does not end makes room for another', () => {
  const circuit = shutForAll();
  const held = circuit.admit('mallory', clock.now);
  assert.equal(held.kind, 'trial');
  clock.now += 999;
  assert.equal(seen(circuit, 'dora'), 'wait 1000 all');
  clock.now += 1;
  const other = circuit.admit('dora', clock.now);
  assert.equal(other.kind, 'trial');
  if (held.kind === 'trial') held.end(undefined);
  assert.equal(seen(circuit, 'emma'), 'wait 1000 all');
  if (other.kind === 'trial') other.end(true);
  assert.equal(seen(circuit, 'emma'), 'go');
});
