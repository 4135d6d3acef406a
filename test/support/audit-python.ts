import { analyse } from '../../src/audit/code/analyse.ts';
import type { CodeSubject } from '../../src/audit/code/facts.ts';
import { python } from '../../src/audit/code/python/front-end.ts';
import { pythonModels } from '../../src/audit/code/python/models/index.ts';
import { secretsOf } from '../../src/audit/code/secrets.ts';
import { settingsOf } from '../../src/audit/code/settings.ts';
import type { AuditRule, Judgement } from '../../src/audit/model.ts';

await python.prepare?.();

/** What a rule says of some Python; `undefined` where it is about nothing in it. It judges what has been kept as JSON. */
export function judgePython<G extends object>(
  rule: AuditRule<CodeSubject, G>,
  files: Readonly<Record<string, string>> | string,
): Judgement | undefined {
  const texts = typeof files === 'string' ? { 'server.py': files } : files;
  const modules = Object.entries(texts).map(([file, text]) => python.read(file, text));
  const subject: CodeSubject = {
    ...analyse(modules, [{ frontEnd: python, models: pythonModels }]),
    files: Object.keys(texts),
    secrets: modules.flatMap(secretsOf),
    settings: modules.flatMap(settingsOf),
  };
  const gathered = rule.gather(subject);
  if (gathered instanceof Promise) throw new TypeError('a rule about code gathers at once');
  return gathered === undefined ? undefined : rule.judge(JSON.parse(JSON.stringify(gathered)) as G);
}
