import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gatherEvidencePart } from '../../src/audit/parts/evidence.ts';
import type { EvidencePlaces } from '../../src/audit/evidence/read-folder.ts';
import { createRun, judgeRun, type AuditRun } from '../../src/audit/run.ts';
import type { RuleOutcome } from '../../src/audit/model.ts';

/** When records are looked at in tests. */
export const NOW: number = Date.parse('2026-11-22T12:00:00Z');

/** A record as somebody fills it in: its head, and the rest. */
export const record = (kind: string, fields: object): string =>
  JSON.stringify({ portcullis: 'evidence/1', kind, date: '2026-11-02', by: 'ann@example.com', ...fields });

/** Writes files into a folder that is taken away when the test ends. */
export async function writeFiles(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'portcullis-evidence-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
  }
  return root;
}

/** Gathers records, of a folder `evidence` in a target that is `root`. */
export async function gathered(root: string, places: Partial<EvidencePlaces> = {}): Promise<AuditRun> {
  const part = await gatherEvidencePart({ folder: join(root, 'evidence'), root, keys: [], now: NOW, ...places });
  return createRun({ version: '0.0.0', target: 'x', at: new Date(NOW).toISOString() }, [part]);
}

/** What one rule comes to, from a run that was kept as JSON and read again. */
export function outcomeOf(run: AuditRun, rule: string): RuleOutcome {
  const found = judgeRun(JSON.parse(JSON.stringify(run)) as AuditRun).outcomes.find((each) => each.rule === rule);
  if (found === undefined) throw new Error(`no rule is ${rule}`);
  return found;
}

/** A record that counts, and changes of one value each that speak against it. */
export interface RecordCase {
  readonly kind: string;
  readonly good: object;
  /** Path of the value with dots, the value, and what is said of it. */
  readonly wrong: readonly (readonly [path: string, value: unknown, says: RegExp])[];
}

/** A copy with one value in another's place. */
export function changed(good: object, path: string, value: unknown): object {
  const copy: unknown = structuredClone(good);
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at = Object(copy) as Record<string, unknown>;
  for (const step of steps) at = Object(at[step]) as Record<string, unknown>;
  at[last] = value;
  return Object(copy) as object;
}
