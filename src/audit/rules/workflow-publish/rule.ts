import type { AuditRule, Hit } from '../../model.ts';
import { placeIn } from '../../file-rule.ts';
import { lineOfScript } from '../../gather/expressions.ts';
import type { FilesSubject } from '../../gather/parts.ts';
import type { Job, Pipeline } from '../../gather/pipelines.ts';

interface Publishing {
  readonly pipelines: readonly Pipeline[];
  /** Whether a manifest of the project asks for provenance. */
  readonly isAsked: boolean;
}

const PUBLISH = /\b(?:npm|pnpm|yarn npm)\s+publish\b(?![^\n;&|]{0,400}--dry-run)/;

/** See `meta`. */
export const rule: AuditRule<FilesSubject, Publishing> = {
  kind: 'files',
  meta: {
    id: 'workflow-publish',
    title: 'What is published says what it was built from',
    failure: 'Something is published without saying what it was built from',
    severity: 'low',
    confidence: 'medium',
    controls: ['SUP-03'],
    method: 'static',
    remedy:
      'Publish by trusted publishing, with "id-token: write" and no token of the registry: npm and PyPI then attest the source by themselves. Otherwise npm publish --provenance.',
    references: ['npm, Generating provenance statements', 'PyPI, Attestations (PEP 740)', 'SLSA v1.0'],
  },
  gather({ pipelines, manifests }) {
    const own = pipelines.filter(({ by, jobs }) => by !== 'action' && jobs.some((job) => publishes(job).length > 0));
    if (own.length === 0) return undefined;
    return { pipelines: own, isAsked: manifests.some(({ hasProvenance }) => hasProvenance) };
  },
  judge({ pipelines, isAsked }) {
    const hits: Hit[] = pipelines.flatMap((pipeline) =>
      pipeline.jobs.flatMap((job) =>
        publishes(job)
          .filter((each) => !isAttested(each, job, pipeline, isAsked))
          .map(({ what, line, column }) => ({
            message: `"${job.name}" publishes without provenance`,
            place: placeIn(pipeline.file, { line, column }),
            evidence: what,
          })),
      ),
    );
    if (hits.length === 0) return { status: 'pass', why: 'what is published is attested', hits };
    return { status: 'fail', why: `${hits.length} times something is published without provenance`, hits };
  },
};

interface Publication {
  readonly by: 'npm' | 'pypi';
  readonly what: string;
  readonly line: number;
  readonly column: number;
  readonly hasPassword: boolean;
}

function publishes({ steps }: Job): readonly Publication[] {
  return steps.flatMap(({ uses, script, inputs }): readonly Publication[] => {
    if (uses?.value.startsWith('pypa/gh-action-pypi-publish@') === true)
      return [
        {
          by: 'pypi',
          what: uses.value,
          line: uses.line,
          column: uses.column,
          hasPassword: inputs.includes('password'),
        },
      ];
    const found = script === undefined ? null : PUBLISH.exec(script.value);
    if (script === undefined || found === null) return [];
    const at = script.value.slice(0, found.index).split('\n').length - 1;
    const what = (script.value.split('\n')[at] ?? '').trim().slice(0, 160);
    return [{ by: 'npm', what, line: lineOfScript(script, at), column: 1, hasPassword: false }];
  });
}

function isAttested({ by, what, hasPassword }: Publication, job: Job, pipeline: Pipeline, isAsked: boolean): boolean {
  if (by === 'pypi') return !hasPassword;
  if (/--provenance\b(?!=false)/.test(what) || isAsked) return true;
  const variables = [...pipeline.env, ...job.env, ...job.steps.flatMap(({ env }) => env)];
  if (variables.some(({ name }) => /^npm_config_provenance$|^SIGSTORE_ID_TOKEN$/i.test(name))) return true;
  // With trusted publishing npm attests by itself.
  return [...((job.rights ?? pipeline.rights)?.writes ?? [])].includes('id-token');
}
