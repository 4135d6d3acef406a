import { itemsOf, member, textOf, type Located } from '../gather/located.ts';

/** One run of a scanner, as its report in SARIF 2.1.0 has it. */
export interface SarifFacts {
  readonly file: string;
  readonly tool: string;
  readonly version?: string;
  /** What was scanned: the revision of the source. */
  readonly revision?: string;
  /** ISO 8601. */
  readonly endedAt?: string;
  /** `false` where the scanner says that it did not come to its end. */
  readonly isComplete: boolean;
  /** Results of the level `error` that nobody has suppressed. */
  readonly errors: number;
  /** Results that somebody has suppressed without a reason. */
  readonly unexplained: number;
  readonly results: number;
}

const MOST_RUNS = 50;

/** The runs of a report in SARIF; `undefined` where the value is none. */
export function readSarif(file: string, root: Located): readonly SarifFacts[] | undefined {
  const runs = member(root, 'runs')?.items;
  if (runs === undefined || textOf(member(root, 'version'))?.startsWith('2.') !== true) return undefined;
  return runs.slice(0, MOST_RUNS).map((run) => readRun(file, run));
}

function readRun(file: string, run: Located): SarifFacts {
  const driver = member(run, 'tool', 'driver');
  const version = textOf(member(driver, 'semanticVersion')) ?? textOf(member(driver, 'version'));
  const [provenance] = itemsOf(member(run, 'versionControlProvenance'));
  const revision = textOf(member(provenance, 'revisionId'));
  const invocations = itemsOf(member(run, 'invocations'));
  const endedAt = textOf(member(invocations.at(-1), 'endTimeUtc'));
  const results = itemsOf(member(run, 'results'));
  const suppressed = results.map((each) => itemsOf(member(each, 'suppressions')).filter(isInForce));
  return {
    file,
    tool: textOf(member(driver, 'name')) ?? 'a scanner without a name',
    ...(version === undefined ? {} : { version }),
    ...(revision === undefined ? {} : { revision }),
    ...(endedAt === undefined ? {} : { endedAt }),
    isComplete: invocations.every((each) => member(each, 'executionSuccessful')?.scalar !== false),
    errors: results.filter((each, at) => levelOf(each, driver) === 'error' && suppressed[at]?.length === 0).length,
    unexplained: suppressed.flat().filter((each) => (textOf(member(each, 'justification')) ?? '').trim() === '').length,
    results: results.length,
  };
}

/** SARIF 2.1.0 section 3.35.3: one that waits for a decision or was rejected suppresses nothing. */
function isInForce(suppression: Located): boolean {
  return ['accepted', undefined].includes(textOf(member(suppression, 'status')));
}

/** Section 3.27.10: the level of the result, or what its rule says, or a warning; what did not fail is none. */
function levelOf(result: Located, driver: Located | undefined): string {
  const kind = textOf(member(result, 'kind')) ?? 'fail';
  if (kind !== 'fail') return 'none';
  const own = textOf(member(result, 'level'));
  if (own !== undefined) return own;
  const rules = itemsOf(member(driver, 'rules'));
  const index = member(result, 'ruleIndex')?.scalar;
  const id = textOf(member(result, 'ruleId'));
  const rule =
    (typeof index === 'number' ? rules[index] : undefined) ??
    rules.find((each) => id !== undefined && textOf(member(each, 'id')) === id);
  return textOf(member(rule, 'defaultConfiguration', 'level')) ?? 'warning';
}
