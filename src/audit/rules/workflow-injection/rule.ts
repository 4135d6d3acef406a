import { fileRule, type FileRule } from '../../file-rule.ts';
import { injectionsIn, isPrivileged, lineOfScript } from '../../gather/expressions.ts';
import type { Pipeline } from '../../gather/pipelines.ts';

/** See `meta`. */
export const rule: FileRule<Pipeline> = fileRule(
  {
    id: 'workflow-injection',
    title: 'No text of a stranger becomes part of a script of a workflow',
    failure: 'A text of a stranger becomes part of a script of a workflow',
    severity: 'high',
    confidence: 'high',
    controls: ['SUP-04'],
    method: 'config',
    remedy:
      'Hand it over as a variable of the environment, and use it there as "$TITLE". An expression is put into the script before the shell reads it.',
    references: ['GitHub, Secure use reference: script injections', 'CWE-94'],
  },
  ({ pipelines }) => pipelines.filter(({ by }) => by !== 'gitlab'),
  (pipeline) =>
    pipeline.jobs.flatMap((job) =>
      job.steps.flatMap((step) => {
        const { script } = step;
        if (script === undefined) return [];
        return injectionsIn(script.value, pipeline, job, step).map(({ what, line }) => ({
          message: `"${job.name}" puts ${what} into a script`,
          place: { file: pipeline.file, line: lineOfScript(script, line), column: 1 },
          evidence: what,
          ...(isPrivileged(pipeline) ? { severity: 'critical' as const } : {}),
        }));
      }),
    ),
);
