import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchange } from '../pipeline/context.ts';
import type { Answer, Engine } from './engine.ts';
import { createLiveEngine } from './live-engine.ts';
import { NO_SINK } from './sink.ts';

/** An engine that says which it is. */
function engine(name: string): Engine {
  const answer: Answer = { kind: 'result', result: {}, json: name };
  const unused = (): never => assert.fail('not asked');
  return {
    get parts() {
      return unused();
    },
    plan: unused,
    answer: () => Promise.resolve(answer),
    admit: () => Promise.resolve(undefined),
    dispatch: () => Promise.resolve(answer),
    release: unused,
    mayRead: unused,
    refused: unused,
  };
}

test('what one engine has let in is served by the same one, and what comes later by the next', async () => {
  const live = createLiveEngine(engine('old'));
  const [before, after] = [new Exchange('http', 'legacy'), new Exchange('http', 'legacy')];
  await live.admit(before);
  live.use(engine('new'));
  await live.admit(after);
  const served = async (exchange: Exchange): Promise<string> => {
    const answer = await live.dispatch(exchange, NO_SINK);
    return answer.kind === 'result' ? answer.json : answer.kind;
  };
  assert.equal(await served(before), 'old');
  assert.equal(await served(after), 'new');
});
