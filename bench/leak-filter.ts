import { createFinder } from '../src/leaks/find.ts';
import { readLeakOptions } from '../src/leaks/options.ts';
import { createRedactor } from '../src/record/redact.ts';

/**
 * What the leak filter costs an answer in which there is nothing to find: nanoseconds of one look, beside those of putting
 * the answer into JSON. `node bench/leak-filter.ts`
 */
const ROUNDS = 7;

const WORDS =
  'the quick brown fox jumps over a lazy dog while notes about billing {id} ask Bob to read https://example.com/a/b?x=1 on Friday at 10:30'.split(
    ' ',
  );

function answerOf(bytes: number): string {
  let text = '';
  for (let at = 0; text.length < bytes; at++) text += `${WORDS[(at * 7) % WORDS.length]} `;
  return JSON.stringify({ title: 'A note', text: text.slice(0, bytes - 30) });
}

function nanosecondsOf(work: () => unknown, times: number): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const begin = process.hrtime.bigint();
    for (let at = 0; at < times; at++) work();
    return Number(process.hrtime.bigint() - begin) / times;
  });
  return Math.min(...rounds);
}

const usual = createFinder(readLeakOptions({}, new Set()).base);
const every = createFinder(
  readLeakOptions({ email: 'mask', phone: 'mask', iban: 'mask', card: 'mask', nationalId: 'mask' }, new Set()).base,
);
const empty = createRedactor();
const full = createRedactor();
for (let at = 0; at < 10; at++) full.remember(`secret-${at}-${'a8Fk2LmQ9xTz'.repeat(2)}`);

for (const [name, bytes, times] of [
  ['200 bytes', 200, 200_000],
  ['100 kB', 100_000, 400],
] as const) {
  const json = answerOf(bytes);
  const value: unknown = JSON.parse(json);
  const rows: readonly (readonly [string, () => unknown])[] = [
    ['JSON.stringify', () => JSON.stringify(value)],
    ['no secrets, default policy', () => empty.withhold(json) === json && usual.mayHold(json)],
    ['ten secrets, default policy', () => full.withhold(json) === json && usual.mayHold(json)],
    ['no secrets, all personal data', () => empty.withhold(json) === json && every.mayHold(json)],
  ];
  for (const [what, work] of rows)
    process.stdout.write(
      `${name.padEnd(10)} ${what.padEnd(32)} ${nanosecondsOf(work, times).toFixed(0).padStart(9)} ns\n`,
    );
}
