import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually } from '../../test/support/eventually.ts';
import { RoundEnd } from '../server/refusal.ts';
import { LinkError } from './link.ts';
import { Talks, type Listener } from './talk.ts';

/** A caller who leaves with the question, and may come back. */
const leaves: Listener = {
  ask: () => Promise.reject(new RoundEnd()),
  canAsk: () => true,
  progress: () => undefined,
  log: { debug: () => undefined, info: () => undefined, warning: () => undefined, error: () => undefined },
  signal: new AbortController().signal,
};

/** Has somebody's request ask a question, and leave with it. */
async function wait(talks: Talks, owner: string) {
  let carried = '';
  let isEnded = false;
  const run = talks.run(
    owner,
    { carried: undefined, carry: (text) => (carried = text) },
    leaves,
    async ({ ask }, signal) => {
      signal.addEventListener('abort', () => (isEnded = true));
      return { answers: await ask({ colour: { kind: 'roots' } }) };
    },
  );
  await assert.rejects(run, RoundEnd);
  const again = (): Promise<unknown> =>
    talks.run(
      owner,
      { carried, carry: () => undefined },
      { ...leaves, ask: () => Promise.resolve({ colour: 'red' }) as never },
      () => Promise.reject(new Error('asked twice')),
    );
  return { again, isEnded: () => isEnded };
}

test('a request that waits for its caller goes on when the caller comes back', async () => {
  const talks = new Talks(0);
  const { again } = await wait(talks, 'alice');
  assert.deepEqual(await again(), { answers: { colour: 'red' } });
});

test('what has waited long gives way to a caller who has no place, the oldest first', async () => {
  const talks = new Talks(0);
  const [alice, bob] = [await wait(talks, 'alice'), await wait(talks, 'bob')];
  talks.relieve();
  assert.deepEqual([alice.isEnded(), bob.isEnded()], [true, false]);
  await assert.rejects(alice.again(), (error: unknown) => error instanceof LinkError && error.reason === 'closed');
  assert.deepEqual(await bob.again(), { answers: { colour: 'red' } });
  talks.relieve();
});

test('what has not waited long keeps its place', async () => {
  const talks = new Talks(3_600_000);
  const alice = await wait(talks, 'alice');
  talks.relieve();
  assert.equal(alice.isEnded(), false);
  talks.close();
  await eventually(() => Promise.resolve(alice.isEnded()));
});
