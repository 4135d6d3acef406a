import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as z from 'zod';
import { resultOf } from '../../src/audit/judge.ts';
import { tool } from '../../src/index.ts';
import { closeSharedIssuer, startTarget } from '../../src/prove/target.ts';

after(closeSharedIssuer);

test('an answer to one question is not taken for another under the same key', async (t) => {
  let asking = 'Delete 1 note?';
  const confirm = tool({
    name: 'confirm',
    description: 'Asks before it goes on.',
    input: z.strictObject({}),
    output: z.strictObject({ agreed: z.string() }),
    scope: 'notes:write',
    effect: 'read',
    asks: ['elicitation'],
    async run(_, { elicit }) {
      const message = asking;
      const answer = await elicit({ key: 'sure', message, schema: z.strictObject({ yes: z.boolean() }) });
      return { agreed: answer.action === 'accept' && answer.content.yes ? message : 'nothing' };
    },
  });
  const { target, stop } = await startTarget(
    { server: { name: 'questions', version: '1.0.0', tools: [confirm] } },
    [],
    { transport: 'http', era: 'modern' },
  );
  t.after(stop);
  const connection = await target.connect({ capabilities: { elicitation: {} } });
  const call = async (more: object) =>
    resultOf(await connection.request('tools/call', { name: 'confirm', arguments: {}, ...more }));
  const inputResponses = { sure: { action: 'accept', content: { yes: true } } };

  const first = await call({});
  asking = 'Delete 10,000 notes?';
  const second = await call({ requestState: first?.['requestState'], inputResponses });
  assert.equal(second?.['resultType'], 'input_required');

  const third = await call({ requestState: second['requestState'], inputResponses });
  assert.deepEqual(third?.['structuredContent'], { agreed: 'Delete 10,000 notes?' });
});
