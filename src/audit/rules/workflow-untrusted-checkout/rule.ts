import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { Job, Pipeline } from '../../gather/pipelines.ts';

/** What a stranger proposes, as `actions/checkout` or git is told of it. */
const HEAD =
  /github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref|github\.event\.workflow_run\.head_(?:sha|branch|commit\.id)|refs\/pull\/\$\{\{|github\.event\.(?:pull_request\.)?number\s*\}\}\/(?:head|merge)/;

/** See `meta`. */
export const rule: FileRule<Pipeline> = fileRule(
  {
    id: 'workflow-untrusted-checkout',
    title: 'No workflow with rights takes the code of a stranger',
    failure: 'A workflow with rights takes the code of a stranger',
    severity: 'critical',
    confidence: 'medium',
    controls: ['SUP-04', 'SEC-01'],
    method: 'config',
    remedy:
      'Build what strangers propose on pull_request, which has neither secrets nor rights, and do what needs rights in a workflow that takes only its results.',
    references: ['GitHub Security Lab, Preventing pwn requests', 'GitHub, Secure use reference'],
  },
  ({ pipelines }) => pipelines.filter(({ by }) => by === 'github'),
  ({ file, triggers, jobs }) => {
    const event = triggers.find((each) => /^(?:pull_request_target|workflow_run|issue_comment)$/.test(each));
    if (event === undefined) return [];
    return jobs.flatMap((job) => {
      const at = job.steps.findIndex(takesHead);
      const step = job.steps[at];
      if (step === undefined) return [];
      const runs = job.steps
        .slice(at + 1)
        .some(({ script, uses }) => script !== undefined || uses?.value.startsWith('./'));
      return [
        {
          message: runs
            ? `on ${event}, "${job.name}" takes what a stranger proposes and runs commands beside it`
            : `on ${event}, "${job.name}" takes what a stranger proposes`,
          place: placeIn(file, step.ref ?? step.script ?? step),
          evidence: (step.ref ?? step.script)?.value.slice(0, 160) ?? '',
          ...(runs ? {} : { severity: 'medium' as const }),
        },
      ];
    });
  },
);

function takesHead({ uses, ref, script }: Job['steps'][number]): boolean {
  if (ref !== undefined && (uses?.value.startsWith('actions/checkout@') ?? false)) return HEAD.test(ref.value);
  return script !== undefined && /\bgit\s+(?:fetch|checkout|pull|clone)\b|\bgh\s+pr\s+checkout\b/.test(script.value)
    ? HEAD.test(script.value) || /\bgh\s+pr\s+checkout\b/.test(script.value)
    : false;
}
