import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv, type ValidateFunction } from 'ajv';
import official from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { REPORT, reportOf } from '../../../test/support/audit-report.ts';
import { sarifReport } from './sarif.ts';

/** The OASIS schema, which is of draft 4: in what it uses, draft 7 differs in the name of the id alone. */
function validator(): ValidateFunction {
  const { $schema: _draft, id, ...schema } = official;
  const formats = {
    uri: (text: string) => URL.canParse(text),
    'uri-reference': (text: string) => URL.canParse(text, 'file:///a/') && !/\s/.test(text),
    'date-time': (text: string) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text),
  };
  return new Ajv({ strict: false, allErrors: true, unicodeRegExp: false, formats }).compile({ ...schema, $id: id });
}

const isValid = validator();

function problemsOf(text: string): readonly string[] {
  isValid(JSON.parse(text));
  return (isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

test('the schema is the one that refuses', () => {
  const broken = sarifReport(REPORT).replace('"version": "2.1.0"', '"version": "2.0"').replaceAll('"text"', '"txt"');
  const problems = problemsOf(broken);
  assert.ok(problems.includes('/version must be equal to one of the allowed values'), problems.join('\n'));
  assert.ok(problems.length > 3);
});

test('findings in files and exchanges, fixes, what is waived, known and unread are valid SARIF', () => {
  assert.ok(REPORT.findings.some(({ place }) => 'exchange' in place));
  assert.ok(REPORT.findings.some(({ fix }) => fix !== undefined));
  assert.ok(REPORT.findings.some(({ waived }) => waived));
  assert.ok(REPORT.findings.some(({ known }) => known === 'baseline'));
  assert.ok(REPORT.unread.length > 0);
  assert.deepEqual(problemsOf(sarifReport(REPORT)), []);
});

test('an empty report is valid as well, and one about names that are hostile', () => {
  assert.deepEqual(problemsOf(sarifReport(reportOf([]))), []);
  const place = { file: '\ud800 \u202e/<b>\n"%', line: 0, column: 0 };
  assert.deepEqual(problemsOf(sarifReport(reportOf([{ rule: 'image-user', message: '\u001b[2J\ud800', place }]))), []);
});

test('what is waived is suppressed with who answers for it, and a baseline says what is new', () => {
  const { runs } = JSON.parse(sarifReport(REPORT)) as {
    readonly runs: readonly {
      readonly results: readonly {
        readonly baselineState?: string;
        readonly suppressions?: readonly { readonly kind: string; readonly justification: string }[];
      }[];
    }[];
  };
  const results = runs[0]?.results ?? [];
  const waived = results.flatMap(({ suppressions }) => suppressions ?? []).map(({ justification }) => justification);
  assert.ok(waived.includes('waived by ann until 2027-01-31: the demo alone'), waived.join('\n'));
  assert.deepEqual(new Set(results.map(({ baselineState }) => baselineState)), new Set(['new', 'unchanged']));
});
