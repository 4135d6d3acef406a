import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../../src/audit/rules.ts';
import { UNLOOKED } from '../../src/audit/unlooked.ts';
import { CONTROLS } from '../../src/catalogue/index.ts';

const wanted = CONTROLS.flatMap(({ id, audit }) => audit.map((method) => `${id}:${method}`));
const looked = new Set(RULES.flatMap(({ meta }) => meta.controls.map((id) => `${id}:${meta.method}`)));
const reasons = UNLOOKED.flatMap(({ at }) => at);

test('each control and each way of its audit has a rule, or a reason why there is none', (t) => {
  const known = new Set<string>(reasons);
  assert.deepEqual(
    wanted.filter((each) => !looked.has(each) && !known.has(each)),
    [],
  );
  const stale = reasons.filter((each) => looked.has(each));
  if (stale.length > 0) t.diagnostic(`have a rule by now, and can leave src/audit/unlooked.ts: ${stale.join(' ')}`);
});

test('a reason is about something that the catalogue asks for, and stands once', () => {
  const asked = new Set(wanted);
  assert.deepEqual(
    reasons.filter((each) => !asked.has(each)),
    [],
  );
  assert.equal(new Set(reasons).size, reasons.length);
  for (const { why } of UNLOOKED) assert.match(why, /^[a-z].{20,300}[^.]$/i);
});

test('every control that is audited by records has a rule about them', () => {
  assert.deepEqual(
    CONTROLS.filter(({ id, audit }) => audit.includes('evidence') && !looked.has(`${id}:evidence`)).map(({ id }) => id),
    [],
  );
});
