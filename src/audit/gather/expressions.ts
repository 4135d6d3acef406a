import type { Job, Pipeline, Step } from './pipelines.ts';

/** What anybody can write into an event of GitHub. */
const UNTRUSTED =
  /\bgithub\.(?:head_ref\b|event\.(?:(?:issue|pull_request|discussion)\.(?:title|body)\b|(?:comment|review|review_comment)\.body\b|pull_request\.head\.(?:ref|label)\b|pull_request\.head\.repo\.(?:default_branch|description|homepage)\b|pages\b[^}]*?\.page_name\b|(?:commits\b[^}]*?|head_commit)\.(?:message|author\.(?:name|email)|committer\.(?:name|email))\b|workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:name|email)))\b))/;

/** Expressions of one script that are looked at. */
const MOST_EXPRESSIONS = 500;

/** The untrusted value that an expression may put in its place; `undefined` where it puts none. */
function untrustedIn(expression: string): string | undefined {
  // What is only compared with, or asked for a part, leaves nothing but true or false.
  const value = expression
    .replaceAll(/\b(?:contains|startsWith|endsWith|hashFiles)\([^()]*\)/g, '')
    .replaceAll(/[\w.[\]*-]+\s*[!=]=\s*(?:'[^']*'|[\w.[\]*-]+)/g, '')
    .replaceAll(/'[^']*'/g, '')
    .replaceAll(/[\w.[\]*-]+\s*&&/g, '');
  return UNTRUSTED.exec(value)?.[0];
}

/** Expressions of a script that put in what anybody can write, each with its line in it from 0. */
export function injectionsIn(
  script: string,
  pipeline: Pipeline,
  job: Job,
  step: Step,
): readonly { readonly what: string; readonly line: number }[] {
  const variables = { ...pipeline.expressions, ...job.expressions, ...step.expressions };
  return [...script.matchAll(/\$\{\{([^}]{0,1000})\}\}/g)].slice(0, MOST_EXPRESSIONS).flatMap((match) => {
    const [, expression = ''] = match;
    const name = /^\s*env\.(\w+)\s*$/.exec(expression)?.[1];
    const set = name !== undefined && Object.hasOwn(variables, name) ? variables[name] : undefined;
    const what = untrustedIn(expression) ?? (set === undefined ? undefined : untrustedIn(set));
    if (what === undefined) return [];
    return [{ what, line: script.slice(0, match.index).split('\n').length - 1 }];
  });
}

/** Where a line of a script stands: a block begins on the line after its key. */
export function lineOfScript({ line, value }: { readonly line: number; readonly value: string }, at: number): number {
  return value.includes('\n') ? line + 1 + at : line;
}

/** Whether an event is started by what a stranger does, with the rights of the project. */
export function isPrivileged({ triggers }: Pipeline): boolean {
  return triggers.some((each) =>
    /^(?:pull_request_target|workflow_run|issues|issue_comment|discussion|discussion_comment|fork|watch|gollum)$/.test(
      each,
    ),
  );
}
