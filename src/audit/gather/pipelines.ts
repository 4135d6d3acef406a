import { atText, namedIn } from './clients.ts';
import { withoutRandom } from './dockerfile.ts';
import { itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import type { At, Held } from './parts.ts';

/** What a job or a whole workflow may do with the token of its run. */
export interface Rights {
  /** `write-all`, `read-all`, or `listed`. */
  readonly kind: 'write-all' | 'read-all' | 'listed';
  /** Scopes that it may write to. */
  readonly writes: readonly string[];
  readonly line: number;
  readonly column: number;
}

/** One step of a job. */
export interface Step {
  readonly line: number;
  readonly column: number;
  /** An action, by its reference. */
  readonly uses?: At<string>;
  /** Lines of a shell or of a script, without secrets. */
  readonly script?: At<string>;
  /** What is checked out, where the action says it. */
  readonly ref?: At<string>;
  readonly env: readonly Held[];
  /** Expressions that variables are set to, by name. */
  readonly expressions: Readonly<Record<string, string>>;
  /** Names of what the action is given. */
  readonly inputs: readonly string[];
}

/** One job. */
export interface Job {
  readonly name: string;
  readonly line: number;
  readonly column: number;
  readonly rights?: Rights;
  /** A workflow that it calls. */
  readonly calls?: At<string>;
  /** Whether it hands every secret to what it calls. */
  readonly inherits: boolean;
  readonly image?: At<string>;
  readonly env: readonly Held[];
  readonly expressions: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

/** One workflow of GitHub Actions, one composite action, or one pipeline of GitLab. */
export interface Pipeline {
  readonly file: string;
  readonly by: 'github' | 'action' | 'gitlab';
  readonly triggers: readonly string[];
  readonly rights?: Rights;
  readonly env: readonly Held[];
  readonly expressions: Readonly<Record<string, string>>;
  readonly jobs: readonly Job[];
  /** What else is taken in, as GitLab includes it, where that can change. */
  readonly includes: readonly At<string>[];
}

const GITLAB = /(?:^|\/)(?:\.gitlab-ci|\.gitlab\/ci\/[^/]+|\.gitlab\/[^/]+\.gitlab-ci)\.ya?ml$/;
const NO_JOBS: ReadonlySet<string> = new Set(
  'default include stages variables workflow image services cache before_script after_script pages spec'.split(' '),
);

/** A workflow or a pipeline; `undefined` when the document is none. */
export function readPipeline(file: string, root: Located): Pipeline | undefined {
  if (GITLAB.test(file)) return readGitlab(file, root);
  const jobs = member(root, 'jobs');
  if (jobs?.members !== undefined && member(root, 'on') !== undefined) return readGithub(file, root);
  const steps = member(root, 'runs', 'steps');
  if (!/(?:^|\/)action\.ya?ml$/.test(file) || steps?.items === undefined) return undefined;
  const { line, column } = steps;
  const job = {
    name: 'runs',
    line,
    column,
    inherits: false,
    env: [],
    expressions: {},
    steps: itemsOf(steps).map(readStep),
  };
  return { file, by: 'action', triggers: [], env: [], expressions: {}, jobs: [job], includes: [] };
}

function readGithub(file: string, root: Located): Pipeline {
  const on = member(root, 'on');
  const one = textOf(on);
  return {
    file,
    by: 'github',
    triggers:
      one === undefined
        ? [...itemsOf(on).flatMap((each) => textOf(each) ?? []), ...membersOf(on).map(([key]) => key)]
        : [one],
    ...rightsOf(member(root, 'permissions')),
    env: namedIn(member(root, 'env')),
    expressions: expressionsOf(member(root, 'env')),
    jobs: membersOf(member(root, 'jobs')).map(([name, job]) => readJob(name, job)),
    includes: [],
  };
}

function readJob(name: string, job: Located): Job {
  const { line, column } = job;
  const calls = atText(member(job, 'uses'));
  const image = atText(member(job, 'container', 'image') ?? member(job, 'container'));
  return {
    name,
    line,
    column,
    ...rightsOf(member(job, 'permissions')),
    ...(calls === undefined ? {} : { calls }),
    inherits: textOf(member(job, 'secrets')) === 'inherit',
    ...(image === undefined ? {} : { image }),
    env: namedIn(member(job, 'env')),
    expressions: expressionsOf(member(job, 'env')),
    steps: itemsOf(member(job, 'steps')).map(readStep),
  };
}

function readStep(step: Located): Step {
  const { line, column } = step;
  const uses = atText(member(step, 'uses'));
  // `actions/github-script` runs what it is given, as a shell does.
  const script = atText(member(step, 'run') ?? member(step, 'with', 'script'));
  const ref = atText(member(step, 'with', 'ref'));
  return {
    line,
    column,
    ...(uses === undefined ? {} : { uses }),
    ...(script === undefined ? {} : { script: plain(script) }),
    ...(ref === undefined ? {} : { ref }),
    env: [...namedIn(member(step, 'env')), ...namedIn(member(step, 'with'))],
    expressions: expressionsOf(member(step, 'env')),
    inputs: membersOf(member(step, 'with')).map(([key]) => key),
  };
}

function plain(script: At<string>): At<string> {
  return { ...script, value: withoutRandom(script.value) };
}

function expressionsOf(env: Located | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    membersOf(env).flatMap(([key, value]) => {
      const found = textOf(value)?.match(/\$\{\{[^}]{0,1000}\}\}/g);
      return found === undefined || found === null ? [] : [[key, found.join(' ')]];
    }),
  );
}

function rightsOf(value: Located | undefined): { readonly rights?: Rights } {
  if (value === undefined) return {};
  const { line, column } = value;
  const word = textOf(value);
  if (word === 'write-all' || word === 'read-all') return { rights: { kind: word, writes: [], line, column } };
  const writes = membersOf(value).flatMap(([key, each]) => (textOf(each) === 'write' ? [key] : []));
  return { rights: { kind: 'listed', writes, line, column } };
}

function readGitlab(file: string, root: Located): Pipeline {
  const jobs = membersOf(root).filter(([name, job]) => !NO_JOBS.has(name) && job.members !== undefined);
  return {
    file,
    by: 'gitlab',
    triggers: [],
    env: namedIn(member(root, 'variables')),
    expressions: {},
    jobs: [['default', root] as const, ...jobs].map(([name, job]) => readGitlabJob(name, job)),
    includes: readIncludes(member(root, 'include')),
  };
}

function readGitlabJob(name: string, job: Located): Job {
  const { line, column } = job;
  const holder = name === 'default' ? (member(job, 'default') ?? job) : job;
  const image = atText(member(holder, 'image', 'name') ?? member(holder, 'image'));
  const lines = ['before_script', 'script', 'after_script'].flatMap((key) => {
    const value = member(holder, key) ?? member(job, key);
    return value?.items === undefined ? (value === undefined ? [] : [value]) : value.items;
  });
  return {
    name,
    line,
    column,
    inherits: false,
    ...(image === undefined ? {} : { image }),
    env: name === 'default' ? [] : namedIn(member(job, 'variables')),
    expressions: {},
    steps: lines.flatMap((each) => {
      const script = atText(each);
      return script === undefined
        ? []
        : [{ line: each.line, column: each.column, script: plain(script), env: [], expressions: {}, inputs: [] }];
    }),
  };
}

/** Includes that may be another thing tomorrow: a URL, a project without a commit, a component without a version. */
function readIncludes(include: Located | undefined): readonly At<string>[] {
  const all = include?.items ?? (include === undefined ? [] : [include]);
  return all.flatMap((each) => {
    const remote = atText(member(each, 'remote')) ?? (/^https?:/.test(textOf(each) ?? '') ? atText(each) : undefined);
    if (remote !== undefined) return member(each, 'integrity') === undefined ? [remote] : [];
    const component = atText(member(each, 'component'));
    if (component !== undefined) return /@(?:\d+\.\d+\.\d+|[0-9a-f]{40})$/.test(component.value) ? [] : [component];
    const project = atText(member(each, 'project'));
    const ref = textOf(member(each, 'ref'));
    return project === undefined || (ref !== undefined && /^[0-9a-f]{40}$/.test(ref)) ? [] : [project];
  });
}
