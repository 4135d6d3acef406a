import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { lineOfScript } from '../../gather/expressions.ts';
import type { Job, Pipeline, Step } from '../../gather/pipelines.ts';
import type { Hit } from '../../model.ts';

/** Printed as it is: not into a file, another program or a variable. */
const PRINTED = /^[ \t]*(?:echo|printf)\b[^|>\n]{0,400}\$\{\{\s{0,20}secrets\.\w{1,100}\s{0,20}\}\}[^|>\n]*$/gm;

/** See `meta`. */
export const rule: FileRule<Pipeline> = fileRule(
  {
    id: 'workflow-secret',
    title: 'Workflows take secrets by reference and print none',
    failure: 'A secret stands in a workflow, or is handed on too widely',
    severity: 'medium',
    confidence: 'medium',
    controls: ['SEC-01'],
    method: 'config',
    remedy: 'Keep it among the secrets of the repository, and name single ones where they are used.',
    references: ['GitHub, Secure use reference: secrets', 'OWASP MCP Top 10 MCP01'],
  },
  ({ pipelines }) => pipelines,
  (pipeline) => [
    ...literalsIn(pipeline.file, pipeline.env),
    ...pipeline.jobs.flatMap((job) => [
      ...literalsIn(pipeline.file, job.env),
      ...inheritedBy(pipeline.file, job),
      ...job.steps.flatMap((step) => [...literalsIn(pipeline.file, step.env), ...printedBy(pipeline.file, step)]),
    ]),
  ],
);

function literalsIn(file: string, env: Pipeline['env']): readonly Hit[] {
  return env.flatMap((each) =>
    each.secret === undefined
      ? []
      : [
          {
            message: `${each.secret} stands in clear`,
            place: placeIn(file, each),
            evidence: each.name,
            severity: 'critical' as const,
          },
        ],
  );
}

function inheritedBy(file: string, { calls, inherits, name }: Job): readonly Hit[] {
  if (calls === undefined || !inherits || calls.value.startsWith('./')) return [];
  return [
    {
      message: `"${name}" hands every secret to a workflow of somebody else`,
      place: placeIn(file, calls),
      evidence: calls.value.slice(0, 160),
    },
  ];
}

function printedBy(file: string, { script, expressions }: Step): readonly Hit[] {
  const hits: Hit[] = [];
  const everything = /\btoJSON\(\s*secrets\s*\)/i;
  const spread = Object.entries(expressions).find(([, expression]) => everything.test(expression));
  if (script === undefined) return hits;
  const at = (index: number): Hit['place'] => ({
    file,
    line: lineOfScript(script, script.value.slice(0, index).split('\n').length - 1),
    column: 1,
  });
  const whole = everything.exec(script.value);
  if (whole !== null || spread !== undefined)
    hits.push({ message: 'every secret is handed to a script', place: at(whole?.index ?? 0), severity: 'high' });
  for (const printed of script.value.matchAll(PRINTED))
    hits.push({
      message: 'a secret is written to the log',
      place: at(printed.index),
      evidence: printed[0].trim().slice(0, 160),
    });
  return hits;
}
