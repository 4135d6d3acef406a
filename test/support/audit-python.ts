import { analyse } from '../../src/audit/code/analyse.ts';
import { python } from '../../src/audit/code/python/front-end.ts';
import { pythonModels } from '../../src/audit/code/python/models/index.ts';
import { settingsOf } from '../../src/audit/code/settings.ts';
import type { CodeSubject } from '../../src/audit/code/facts.ts';
import type { AuditRule, Judgement } from '../../src/audit/model.ts';

await python.prepare?.();

/** What a rule says of a file of Python; `undefined` where it is about nothing in it. */
export function judgePython<G extends object>(rule: AuditRule<CodeSubject, G>, text: string): Judgement | undefined {
  const module = python.read('a.py', text);
  const seen = analyse([module], [{ frontEnd: python, models: pythonModels }]);
  const gathered = rule.gather({ ...seen, files: ['a.py'], secrets: [], settings: settingsOf(module) });
  if (gathered instanceof Promise) throw new TypeError('a rule about code gathers at once');
  return gathered === undefined ? undefined : rule.judge(JSON.parse(JSON.stringify(gathered)) as G);
}
