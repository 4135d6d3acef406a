import type { Era } from '../../../protocol/versions.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { inEra, isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { RuleMeta } from '../../model.ts';
import { resultOf } from '../../probes/answers.ts';

const RIGHT = 'a cursor as it was given';
const MADE_UP = 'a cursor that a client made up';
const CHANGED = 'a cursor with one character changed';
const ELSEWHERE = 'a cursor of another list';
const FOREIGN = 'a cursor of another user';

const LISTS = ['tools/list', 'resources/list', 'prompts/list'] as const;

const meta: RuleMeta = {
  id: 'cursor-checks',
  title: 'Cursors serve only in the list, and for the user, that they were given for',
  failure: 'Cursors are taken that were not given out like that',
  severity: 'low',
  confidence: 'medium',
  controls: ['VAL-12', 'ISO-02'],
  method: 'probe',
  remedy:
    'Seal cursors with a key, together with the list and the user that they are for, and refuse all others with -32602.',
  references: ['MCP 2026-07-28 server/utilities/pagination', 'CWE-639'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const exchanges: Exchange[] = [];
    for (const era of subject.eras) {
      for (const method of LISTS) {
        const cursor = await cursorOf(subject, era, method);
        if (cursor === undefined) continue;
        exchanges.push(...(await attack(subject, era, method, cursor)));
        break;
      }
    }
    return exchanges.length === 0 ? undefined : { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const isServed = exchanges
      .filter(({ label }) => label.startsWith(RIGHT))
      .every((each) => outcomeOf(each) === 'served');
    const holds: Expected['holds'] = (exchange) => (isServed ? isRefused(exchange) : undefined);
    const expected = [MADE_UP, CHANGED, ELSEWHERE, FOREIGN].map((label): readonly [string, Expected] => [
      label,
      { holds, message: `takes ${label}` },
    ]);
    return judgeEach(meta, exchanges, new Map(expected));
  },
});

async function cursorOf(subject: LiveSubject, era: Era, method: string): Promise<string | undefined> {
  const connection = await subject.as('user', era);
  const next = resultOf(await connection.ask('a first page', method))?.['nextCursor'];
  return typeof next === 'string' && next !== '' && next.length < 8_192 ? next : undefined;
}

async function attack(subject: LiveSubject, era: Era, method: string, cursor: string): Promise<readonly Exchange[]> {
  const user = await subject.as('user', era);
  // Of the last one, not every bit counts where bytes are written as letters.
  const middle = cursor.length >> 1;
  const changed = `${cursor.slice(0, middle)}${cursor[middle] === 'A' ? 'B' : 'A'}${cursor.slice(middle + 1)}`;
  const other = LISTS.find(
    (each) => each !== method && Object.hasOwn(subject.surface.capabilities, each.split('/')[0] ?? ''),
  );
  const tries: (readonly [label: string, method: string, cursor: string])[] = [
    [RIGHT, method, cursor],
    [MADE_UP, method, Buffer.from('{"offset":1}').toString('base64')],
    [CHANGED, method, changed],
    ...(other === undefined ? [] : [[ELSEWHERE, other, cursor] as const]),
  ];
  const seen: Exchange[] = [];
  for (const [label, at, given] of tries)
    seen.push((await user.ask(inEra(label, era), at, { cursor: given })).exchange);
  if (subject.has('second')) {
    const second = await subject.as('second', era);
    seen.push((await second.ask(inEra(FOREIGN, era), method, { cursor })).exchange);
  }
  return seen;
}
