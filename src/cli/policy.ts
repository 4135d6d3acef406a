import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PolicyCase } from '../config/policy-cases.ts';
import { readCases } from '../config/policy-cases.ts';
import { readConfig } from '../config/read.ts';
import { policyOf } from '../config/sections/policy.ts';
import { DEFAULT_LIMITS } from '../pipeline/limits.ts';
import type { RulesVerdict } from '../pipeline/settings.ts';
import { loadCedar } from '../policy/cedar.ts';
import type { CompiledPolicies } from '../policy/rules.ts';
import { generateSchema, inputsOf, type PolicySchema } from '../policy/schema.ts';
import { createPolicyStore } from '../policy/store.ts';
import { compileServer, type Compiled } from '../server/catalog.ts';
import { loadDefinition } from './load-definition.ts';
import { Mistake } from './mistake.ts';
import { requestOfCase } from './policy-request.ts';

/** Options of `portcullis policy` that name the policies. */
export interface PolicyCommandOptions {
  readonly config: string;
}

interface Opened {
  readonly compiled: Compiled;
  readonly policies: CompiledPolicies;
  readonly directory: string;
}

async function schemaOf(module: string): Promise<{ readonly compiled: Compiled; readonly schema: PolicySchema }> {
  const compiled = compileServer(await loadDefinition(module), DEFAULT_LIMITS);
  return { compiled, schema: generateSchema(compiled.catalog, inputsOf(compiled.declared)) };
}

async function open(module: string, { config }: PolicyCommandOptions): Promise<Opened> {
  const source = await readConfig(config);
  const section = source.config.policy;
  if (section === undefined)
    throw new Mistake(`${config} names no policies. Add: policy: { directory: policies, default: scopes }`);
  const { compiled, schema } = await schemaOf(module);
  const { directory, ...options } = policyOf(source.file, section);
  return { compiled, directory, policies: await createPolicyStore({ directory, ...options }, schema).load() };
}

/** Prints the Cedar schema of a server. */
export async function policySchema(module: string, { json }: { readonly json?: boolean }): Promise<void> {
  const { schema } = await schemaOf(module);
  if (json === true) return void process.stdout.write(`${JSON.stringify(schema.json, undefined, 2)}\n`);
  const text = (await loadCedar()).schemaToText(schema.json);
  if (text.type === 'failure') throw new Error(text.errors.map(({ message }) => message).join('\n'));
  const notes = schema.omitted.map((line) => `// not there: ${line}\n`).join('');
  process.stdout.write(`${notes}${text.text.replaceAll('__cedar::', '')}`);
}

/** Says whether the policies of a configuration can be used, and if not where and why. */
export async function policyCheck(module: string, options: PolicyCommandOptions): Promise<void> {
  const { policies, directory } = await open(module, options);
  const { units } = policies;
  const count = units.length === 1 ? '1 policy' : `${units.length} policies`;
  process.stdout.write(`${directory} is sound: ${count}, version ${policies.version}.\n`);
}

/** Runs the cases beside the policies, `*.cases.yaml`, or those that are named; exit code 1 when one does not hold. */
export async function policyTest(
  module: string,
  { cases, ...options }: PolicyCommandOptions & { readonly cases?: readonly string[] },
): Promise<void> {
  const opened = await open(module, options);
  const files = cases ?? (await casesIn(opened.directory));
  if (files.length === 0)
    throw new Mistake(`there are no cases in ${opened.directory}. Write some in a file named *.cases.yaml.`);
  let failed = 0;
  let count = 0;
  for (const file of files) {
    for (const one of await readCases(file)) {
      count += 1;
      const verdict = opened.policies.rules.decide(await requestOfCase(opened.compiled.catalog, one));
      const got = wordsOf(verdict);
      if (got === one.expect) continue;
      failed += 1;
      process.stdout.write(`${file}: "${one.name}": expected ${one.expect}, got ${got}${whyOf(verdict)}\n`);
    }
  }
  process.stdout.write(`${count - failed} of ${count} cases hold.\n`);
  if (failed > 0) process.exitCode = 1;
}

async function casesIn(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory);
  return names
    .filter((name) => name.endsWith('.cases.yaml'))
    .toSorted()
    .map((name) => join(directory, name));
}

/** Options of `portcullis policy explain`. */
export interface ExplainOptions extends PolicyCommandOptions {
  readonly tool?: string;
  readonly resource?: string;
  readonly prompt?: string;
  readonly args?: string;
  readonly subject?: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly scopes?: string;
  readonly labels?: string;
  readonly transport?: string;
  readonly at?: string;
}

/** Says what the policies decide on one request, and which of them. */
export async function policyExplain(module: string, options: ExplainOptions): Promise<void> {
  const { compiled, policies } = await open(module, options);
  const request = await requestOfCase(compiled.catalog, caseOf(options));
  const { verdict, considered, decided, errors } = policies.explain(request);
  process.stdout.write(`${wordsOf(verdict)}${whyOf(verdict)}\n`);
  for (const error of errors) process.stdout.write(`  error: ${error}\n`);
  for (const { id, file, line, effect, reason } of decided) {
    const said = reason === undefined ? '' : `: ${reason}`;
    process.stdout.write(`  ${effect} ${id} (${file}:${line})${said}\n`);
  }
  process.stdout.write(`${considered.length} of ${policies.units.length} policies could apply.\n`);
}

function caseOf(options: ExplainOptions): PolicyCase {
  const { tool, resource, prompt, args, subject, client, tenant, scopes, labels, transport, at } = options;
  if ([tool, resource, prompt].filter((name) => name !== undefined).length !== 1)
    throw new Mistake('name one of --tool, --resource and --prompt.');
  return {
    name: 'explain',
    expect: 'allow',
    ...(tool === undefined ? {} : { tool }),
    ...(resource === undefined ? {} : { resource }),
    ...(prompt === undefined ? {} : { prompt }),
    ...(args === undefined ? {} : { arguments: parseArguments(args) }),
    caller: {
      ...(subject === undefined ? {} : { subject }),
      ...(client === undefined ? {} : { client }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(scopes === undefined ? {} : { scopes: listOf(scopes) }),
    },
    ...(labels === undefined ? {} : { labels: listOf(labels).map(readLabel) }),
    transport: transport === 'stdio' ? 'stdio' : 'http',
    ...(at === undefined ? {} : { at }),
  };
}

function parseArguments(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Told below, like any other text that is no object.
  }
  throw new Mistake(`--args: ${text} is no JSON object. Write for example: --args '{"amount": 600}'`);
}

function listOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

function readLabel(word: string): 'private' | 'untrusted' {
  if (word === 'private' || word === 'untrusted') return word;
  throw new Mistake(`--labels: there is no "${word}". Say private, untrusted or both.`);
}

/** A verdict as cases write it. */
function wordsOf({ decision, demands }: RulesVerdict): string {
  if (decision.pass) {
    if (demands.length === 0) return 'allow';
    return `approval ${demands.some(({ by }) => by === 'page') ? 'page' : 'person'}`;
  }
  return decision.code === 'SCOPE_INSUFFICIENT' ? `scope ${decision.scopes?.at(-1) ?? ''}` : 'deny';
}

function whyOf({ decision }: RulesVerdict): string {
  return decision.pass || decision.detail === undefined ? '' : ` (${decision.detail})`;
}
