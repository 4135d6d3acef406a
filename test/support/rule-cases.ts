import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodeSubject } from '../../src/audit/code/facts.ts';
import type { AuditRule } from '../../src/audit/model.ts';
import { judgeCode } from './audit-code.ts';
import { judgePython } from './audit-python.ts';

/** Texts by what they are, in TypeScript and in Python. */
interface Cases {
  readonly typescript?: Readonly<Record<string, string>>;
  readonly python?: Readonly<Record<string, string>>;
}

/** Makes a test of each text: something is found in the wrong ones, once, and nothing in the right ones. */
export function testCases<G extends object>(
  rule: AuditRule<CodeSubject, G>,
  { wrong, right }: { readonly wrong: Cases; readonly right: Cases },
): void {
  for (const [judge, language] of [
    [judgeCode, 'typescript'],
    [judgePython, 'python'],
  ] as const) {
    for (const [name, text] of Object.entries(wrong[language] ?? {}))
      test(`wrong in ${language}: ${name}`, () => {
        const judged = judge(rule, text);
        assert.equal(judged?.status, 'fail');
        assert.equal(judged.hits.length, 1);
      });
    for (const [name, text] of Object.entries(right[language] ?? {}))
      test(`right in ${language}: ${name}`, () => {
        assert.deepEqual(judge(rule, text)?.hits ?? [], []);
      });
  }
}
