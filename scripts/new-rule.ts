import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What was written, and what is left for its author. */
export interface RuleScaffold {
  /** Paths from the root. */
  readonly files: readonly string[];
  /** What to do next, in words. */
  readonly next: string;
}

const ID = /^[a-z]+(?:-[a-z]+)*$/;
/** Kinds of subjects with the way in which a control is audited by them. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ['files', 'config'],
  ['code', 'static'],
  ['live', 'probe'],
  ['package', 'static'],
  ['evidence', 'evidence'],
]);

function meta(id: string, method: string): string {
  return `{
    id: '${id}',
    title: 'Say what holds where nothing is found',
    failure: 'Say what is wrong where something is',
    severity: 'medium',
    confidence: 'medium',
    controls: [],
    method: '${method}',
    remedy: 'Say how to mend it, in a sentence or two.',
    references: ['Name the source and its section'],
  }`;
}

function fileRuleText(id: string): string {
  return `import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { ClientServer } from '../../gather/parts.ts';

/** See \`meta\`. */
export const rule: FileRule<ClientServer> = fileRule(
  ${meta(id, 'config')},
  // What it looks at; where there is none, the rule is about nothing here.
  ({ servers }) => servers,
  // What is wrong with one of them.
  (server) => [{ message: 'src/audit/rules/${id}/rule.ts: say what is wrong', place: placeIn(server.file, server) }],
);
`;
}

function ruleText(kind: string, method: string, id: string): string {
  return `import type { AuditRule, Judgement } from '../../model.ts';
import type { Part } from '../../run.ts';

/** Take the type of the subject that src/audit/parts/${kind}.ts gathers. */
type Subject = Pick<Part, 'files' | 'unread'>;

/** What it looks at, as plain data without secrets: it is kept, and judged again elsewhere. */
interface Seen {
  readonly what: string;
}

/** See \`meta\`. */
export const rule: AuditRule<Subject, Seen> = {
  kind: '${kind}',
  meta: ${meta(id, method)},
  /** Where the subject has nothing that it is about: undefined. */
  gather(_subject: Subject): Seen | undefined {
    return undefined;
  },
  /** It is pure, and without a baseline that was seen it is unknown. */
  judge(_seen: Seen): Judgement {
    return { status: 'unknown', why: 'src/audit/rules/${id}/rule.ts: write what decides it', hits: [] };
  },
};
`;
}

function testText(id: string): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rule } from './rule.ts';

test('${id} tells the wrong from the right', () => {
  const left = 'src/audit/rules/${id}/rule.ts: write gather and judge, then their cases here';
  assert.ok(rule.meta.controls.length > 0, left);
  assert.equal(rule.judge({ what: 'wrong' }).status, 'fail', left);
  assert.equal(rule.judge({ what: 'right' }).status, 'pass', left);
});
`;
}

/**
 * Writes the folder of a rule of the audit. It fails, and says what to write, until it is filled in; nothing outside of the
 * folder is touched.
 * @throws TypeError on a kind that is none, or an id that is not kebab-case or is taken.
 */
export async function scaffoldRule(root: string, kind: string, id: string): Promise<RuleScaffold> {
  const method = KINDS.get(kind);
  if (method === undefined) throw new TypeError(`"${kind}" is no kind. Take one of: ${[...KINDS.keys()].join(', ')}.`);
  if (!ID.test(id)) throw new TypeError(`"${id}" is no id. Use lower-case words with hyphens, such as "broad-folder".`);
  const folder = `src/audit/rules/${id}`;
  if (existsSync(join(root, folder))) throw new TypeError(`${folder} is there already.`);
  const isFiles = kind === 'files';
  const parts: readonly (readonly [string, string])[] = isFiles
    ? [['rule.ts', fileRuleText(id)]]
    : [
        ['rule.ts', ruleText(kind, method, id)],
        ['rule.test.ts', testText(id)],
      ];
  for (const [name, text] of parts) {
    const path = join(root, folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  }
  const test = isFiles ? 'src/audit/rules.test.ts' : `${folder}/rule.test.ts`;
  const cases = isFiles
    ? `Add cases that are wrong and cases that are right under '${id}' in src/audit/rules.test.ts.\n`
    : '';
  return {
    files: parts.map(([name]) => `${folder}/${name}`),
    next: `${cases}Name its controls in meta, by the ids of docs/controls.md.\nThen: npm run generate, node --test ${test}.`,
  };
}

if (import.meta.main) {
  const [kind, id, ...rest] = process.argv.slice(2);
  try {
    if (kind === undefined || id === undefined || rest.length > 0)
      throw new TypeError('Usage: npm run new:rule <files|code|live|package|evidence> <id>');
    const { files, next } = await scaffoldRule(fileURLToPath(new URL('..', import.meta.url)), kind, id);
    process.stdout.write(`${files.join('\n')}\n\n${next}\n`);
  } catch (error) {
    process.stderr.write(`new:rule: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
