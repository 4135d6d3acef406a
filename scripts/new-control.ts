import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ORDER } from '../src/pipeline/order.ts';

/** What was written, and what is left for its author. */
export interface Scaffold {
  /** Paths from the root. */
  readonly files: readonly string[];
  /** Lines to add elsewhere, in words. */
  readonly next: string;
}

const ID = /^[a-z]+(?:-[a-z0-9]+)*$/;

/** `rate-limit` becomes `RateLimit`. */
function pascal(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

function readme(id: string): string {
  return `# ${id}

## Threat

Who can do what to whom while this control is missing.

## Control

What is decided, where, from what, and with which code it refuses.

## Audit

What the rule sends, and what it must see.

## Remediation

What to do in a server that does not run on Portcullis.

## When not to use it

Say when, or that there is no reason.
`;
}

function meta(id: string): string {
  return `import type { ControlMeta } from '../../pipeline/control.ts';

/** What this slice is. */
export const meta: ControlMeta = {
  id: '${id}',
  title: 'Say what holds while the control is on',
  failureTitle: 'Say what a finding says when it is not',
  severity: 'high',
  catalogue: [],
  references: [],
  since: '0.1.0',
  aliases: [],
  insecure: 'insecureWithout${pascal(id)}',
  reach: { http: true, stdio: true, gateway: true, modern: true, legacy: true },
};
`;
}

function control(id: string): string {
  const name = pascal(id);
  return `import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/** Says in one sentence what is refused, and why (name the section of the specification). */
export function configure(_settings: Settings): Decide {
  return function ${name.charAt(0).toLowerCase()}${name.slice(1)}(_exchange: Exchange): Decision {
    return deny('INTERNAL', { detail: '${id}: nothing is decided yet' });
  };
}
`;
}

function controlTest(id: string): string {
  return `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSettings } from '../../../test/support/settings.ts';
import { Exchange } from '../../pipeline/context.ts';
import { configure } from './control.ts';

test('${id} decides', async () => {
  const decision = await configure(testSettings())(new Exchange('stdio', 'modern'));
  const message = 'src/controls/${id}/control.ts: write the decision, then its table here';
  assert.deepEqual(decision, { pass: true }, message);
});
`;
}

function rule(id: string): string {
  return `import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Says what is sent: one request that must be served, and the attacks that differ from it in one thing each. */
export const rule: Rule = {
  id: '${id}',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a well-formed request', reply: await connection.request('tools/list') }];
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a well-formed request': served },
      attacks: { 'src/controls/${id}/rule.ts: write the attack': refused },
    });
  },
};
`;
}

function fixtureOf(id: string, which: 'good' | 'bad'): string {
  const symbol = `insecureWithout${pascal(id)}`;
  const isBad = which === 'bad';
  const imports = isBad ? `import { ${symbol} } from '../../../insecure.ts';\n` : '';
  const server = isBad
    ? `fixture({
  server: { name: 'bad', version: '1.0.0', tools: [echo], insecure: [${symbol}] },
})`
    : `fixture({ server: { name: 'good', version: '1.0.0', tools: [echo] } })`;
  return `import { fixture, type Fixture } from '../../../prove/fixture.ts';
import { echo } from '../../../prove/tools.ts';
${imports}
/** See the rule. */
const ${which}: Fixture = ${server};

export default ${which};
`;
}

function nextSteps(id: string): string {
  const symbol = `insecureWithout${pascal(id)}`;
  return [
    'Add to src/pipeline/order.ts, in its phase:',
    `  row('authorize', '${id}', 'hs ml'),`,
    'Add to src/insecure.ts, and to SYMBOLS there:',
    `  /** Switches \`${id}\` off. */`,
    `  export const ${symbol}: unique symbol = Symbol('${symbol}');`,
    `  [${symbol}, '${id}'],`,
    'Configure it in src/server/steps.ts (it decides) or src/server/parts.ts (it shapes values).',
    `Then: node --test src/controls/${id}/control.test.ts, npm run generate, npm run prove ${id}.`,
  ].join('\n');
}

/**
 * Writes a slice with all of its parts. Each fails, and says what to write, until it is filled in; nothing outside of
 * the folder is touched.
 * @throws TypeError on an id that is not kebab-case, or that is taken.
 */
export async function scaffold(root: string, id: string): Promise<Scaffold> {
  if (!ID.test(id)) throw new TypeError(`"${id}" is no id. Use lower-case words with hyphens, such as "rate-limit".`);
  const folder = `src/controls/${id}`;
  if (existsSync(join(root, folder))) throw new TypeError(`${folder} is there already.`);
  if (ORDER.some((row) => row.id === id)) throw new TypeError(`"${id}" is in the pipeline already.`);
  const parts: readonly (readonly [string, string])[] = [
    ['README.md', readme(id)],
    ['meta.ts', meta(id)],
    ['control.ts', control(id)],
    ['control.test.ts', controlTest(id)],
    ['rule.ts', rule(id)],
    ['fixtures/good.ts', fixtureOf(id, 'good')],
    ['fixtures/bad.ts', fixtureOf(id, 'bad')],
  ];
  for (const [name, text] of parts) {
    const path = join(root, folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
  }
  return { files: parts.map(([name]) => `${folder}/${name}`), next: nextSteps(id) };
}

if (import.meta.main) {
  const [id, ...rest] = process.argv.slice(2);
  try {
    if (id === undefined || rest.length > 0) throw new TypeError('Usage: npm run new:control <id>');
    const { files, next } = await scaffold(fileURLToPath(new URL('..', import.meta.url)), id);
    process.stdout.write(`${files.join('\n')}\n\n${next}\n`);
  } catch (error) {
    process.stderr.write(`new:control: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
