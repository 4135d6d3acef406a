import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { gatherCodePart } from '../../src/audit/parts/code.ts';
import { gatherFilesPart } from '../../src/audit/parts/files.ts';
import { gatherLivePart } from '../../src/audit/parts/live.ts';
import { levelsOf } from '../../src/audit/report/levels.ts';
import { createRun, judgeRun } from '../../src/audit/run.ts';
import { DESK, layOut, prepare } from '../support/production.ts';

const MISSING = [
  ['/usr/bin/bwrap', 'bubblewrap'],
  ['/usr/bin/pdftotext', 'poppler-utils'],
].flatMap(([program = '', name = '']) => (existsSync(program) ? [] : [name]));
const skip = MISSING.length === 0 ? false : `needs the Debian package ${MISSING.join(', ')}`;

test('our own example in production, attacked and read, has nothing that is wrong', { skip }, async (t) => {
  // As the guide says, but for the rate, by which the audit would take minutes.
  const desk = await layOut(t, (text) =>
    text.replace('perMinutePrincipal: 120, burstPrincipal: 40', 'perMinutePrincipal: 6000, burstPrincipal: 600'),
  );
  await prepare(desk);
  const serving = await desk.serve();
  const all = 'desk:read desk:reply desk:refund desk:close';
  const live = await gatherLivePart(`${desk.origin}/mcp`, {
    tokens: {
      user: await desk.token('alice', all),
      second: await desk.token('bob', all),
      low: await desk.token('alice', 'desk:read'),
    },
    calls: [{ name: 'search_tickets', arguments: { phrase: 'kettle' } }],
  });
  const parts = [live, await gatherFilesPart(desk.etc), await gatherCodePart(dirname(DESK))];
  const report = judgeRun(createRun({ version: '0.0.0', target: 'desk', at: new Date().toISOString() }, parts));
  for (const { rule, why } of report.outcomes.filter(({ status }) => status === 'unknown'))
    t.diagnostic(`unknown: ${rule}: ${why}`);
  for (const { dimension, reached, held } of levelsOf(report.verdicts))
    t.diagnostic(
      `CoSAI: ${dimension.title}: level ${reached}, held by ${held.map(({ control }) => control).join(' ')}`,
    );
  assert.deepEqual(report.unread, []);
  assert.deepEqual(report.findings, []);
  serving.signal('SIGTERM');
  assert.equal(await serving.ended, 0, serving.stderr());
});
