import { createHash } from 'node:crypto';
import { readFlow, type FlowOptions } from '../flows/declared.ts';
import type {
  Catalog,
  Completer,
  Effect,
  PromptEntry,
  Refine,
  ResourceEntry,
  Target,
  ToolEntry,
} from '../pipeline/catalog.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Declared } from '../pipeline/start.ts';
import type { JsonObject } from '../protocol/json.ts';
import { compileUriTemplate } from '../protocol/uri-template.ts';
import { createScopeExpansion } from '../identity/scopes.ts';
import { compile } from '../schema/compile.ts';
import { checkIcon, checkName, findConfusables } from '../schema/names.ts';
import { toJsonSchema } from '../schema/standard.ts';
import { isContentOutput } from './content.ts';
import { toMilliseconds } from '../text/duration.ts';
import type { Prompt } from './prompt.ts';
import type { Resource } from './resource.ts';
import type { ServerDefinition } from './server.ts';
import {
  deepFreeze,
  mirroredOf,
  pick,
  promptArguments,
  readCode,
  readEffect,
  readMeter,
  readRecord,
  readSandbox,
  readScopes,
  refineBy,
  refuseReservedNeed,
  refuseUnknownVariables,
  toolDefinition,
} from './definition.ts';
import type { Needs, Tool, UseLimits } from './tool.ts';

/** A resolved server: what the pipeline looks things up in, what the start phase checks, and the needs to open. */
export interface Compiled {
  readonly catalog: Catalog;
  readonly declared: readonly Declared[];
  readonly needs: ReadonlyMap<Target, Needs>;
}

const EMPTY_SCHEMA: JsonObject = Object.freeze({ type: 'object', properties: {}, additionalProperties: false });
const NOTHING: Refine = () => ({ value: {} });

/**
 * Resolves a declared server.
 * @throws TypeError on a name that is invalid, taken or confusable, a scope that is missing or a wildcard, or a schema
 * that cannot be published.
 */
export function compileServer({ options }: ServerDefinition, limits: Limits): Compiled {
  const compiler = new Compiler(limits);
  const tools = (options.tools ?? []).map((tool) => compiler.tool(tool));
  const resources = (options.resources ?? []).map((resource) => compiler.resource(resource));
  const prompts = (options.prompts ?? []).map((prompt) => compiler.prompt(prompt));
  for (const [kind, entries] of [
    ['tool', tools],
    ['resource', resources],
    ['prompt', prompts],
  ] as const) {
    const names = entries.map(({ name }) => name);
    refuseTwice(kind, names);
    refuseConfusables(kind, names);
  }
  createScopeExpansion(options.hierarchy);
  const all: readonly Target[] = [...tools, ...resources, ...prompts];
  const { name, version, title } = options;
  const catalog: Catalog = Object.freeze({
    server: Object.freeze({ name, version, ...(title === undefined ? {} : { title }) }),
    instructions: options.instructions,
    tools: byKey(tools, (entry) => entry.name),
    prompts: byKey(prompts, (entry) => entry.name),
    resources: byKey(
      resources.filter((entry) => entry.uri !== undefined),
      (entry) => entry.uri ?? '',
    ),
    templates: Object.freeze(resources.filter((entry) => entry.template !== undefined)),
    held: new Set<string>(),
    scopes: scopesOf(all),
    initialScopes: scopesOf(all.filter((entry) => entry.kind !== 'tool' || entry.effect === 'read')),
  });
  return { catalog, declared: compiler.declared, needs: compiler.needs };
}

function byKey<T>(entries: readonly T[], key: (entry: T) => string): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const entry of entries) {
    if (map.has(key(entry))) throw new TypeError(`"${key(entry)}" is declared twice. Give each its own name.`);
    map.set(key(entry), entry);
  }
  return map;
}

/** INVARIANT: a name stands for one thing: the manifest, policies and approvals go by it. */
function refuseTwice(kind: string, names: readonly string[]): void {
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new TypeError(`${kind} "${twice}" is declared twice. Give each its own name.`);
}

function scopesOf(entries: readonly Target[]): readonly string[] {
  return Object.freeze([...new Set(entries.flatMap(({ scopes }) => scopes))].toSorted());
}

function refuseConfusables(kind: string, names: readonly string[]): void {
  const [pair] = findConfusables(names);
  if (pair === undefined) return;
  throw new TypeError(
    `${kind}s "${pair.a}" and "${pair.b}": a model can take one for the other (${pair.reason}). Rename one.`,
  );
}

/** Shared by every entry. */
interface Base {
  readonly name: string;
  readonly scope: string | readonly string[];
  readonly needs?: Needs;
  readonly asks?: ToolEntry['asks'] extends ReadonlySet<infer C> ? readonly C[] : never;
  readonly limits?: UseLimits;
  readonly flow?: FlowOptions;
  readonly effect?: Effect;
  readonly icons?: readonly unknown[];
}

class Compiler {
  readonly declared: Declared[] = [];
  readonly needs: Map<Target, Needs> = new Map();
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  tool({ options }: Tool): ToolEntry {
    const where = `tool "${options.name}"`;
    const input = toJsonSchema(options.input, 'input');
    const isContent = isContentOutput(options.output);
    const output = isContentOutput(options.output) ? undefined : toJsonSchema(options.output, 'output');
    const { annotations, definition } = toolDefinition(options, input, output);
    this.#declare(
      'tool',
      options,
      options.description,
      input,
      output,
      options.untrusted,
      options.authorize !== undefined,
    );
    const entry: ToolEntry = Object.freeze({
      kind: 'tool',
      ...this.#base(where, options, definition, { effect: options.effect, annotations }),
      effect: readEffect(where, options.effect),
      sandbox: readSandbox(where, options.sandbox, options.needs ?? {}),
      ...readMeter(where, options),
      record: readRecord(where, options.record, input),
      authorize: options.authorize as ToolEntry['authorize'],
      run: options.run as ToolEntry['run'],
      checkInput: compile(input),
      refineInput: refineBy(options.input),
      mirrored: mirroredOf(input),
      checkOutput: output === undefined ? undefined : compile(output),
      refineOutput: isContentOutput(options.output) ? undefined : refineBy(options.output),
      contentTypes: new Set(isContent && isContentOutput(options.output) ? options.output.content : []),
    });
    return this.#register(entry, options.needs);
  }

  resource({ options }: Resource): ResourceEntry {
    const where = `resource "${options.name}"`;
    const isTemplate = 'uriTemplate' in options;
    const template = isTemplate ? compileUriTemplate(options.uriTemplate) : undefined;
    const input = isTemplate ? toJsonSchema(options.params, 'input') : EMPTY_SCHEMA;
    if (template !== undefined) refuseUnknownVariables(where, template.variables, input);
    const address = isTemplate ? { uriTemplate: options.uriTemplate } : { uri: options.uri };
    const definition = { ...address, ...pick(options, ['name', 'title', 'description', 'mimeType', 'icons']) };
    const authorize = isTemplate ? options.authorize : undefined;
    if (options.shared === true && authorize !== undefined) {
      throw new TypeError(
        `${where}: "shared" lets caches hand it to anyone, and "authorize" says that not everyone may have it. Remove one.`,
      );
    }
    this.#declare(
      'resource',
      options,
      options.description ?? '',
      input,
      undefined,
      [],
      authorize !== undefined || !isTemplate,
    );
    const run = isTemplate
      ? (options.read as ResourceEntry['run'])
      : (_args: unknown, ctx: object) => (options.read as (ctx: object) => unknown)(ctx);
    const list = isTemplate ? options.list : undefined;
    const entry: ResourceEntry = Object.freeze({
      kind: 'resource',
      ...this.#base(where, options, definition, {}),
      authorize: authorize as ResourceEntry['authorize'],
      run,
      uri: isTemplate ? undefined : options.uri,
      template,
      mimeType: options.mimeType,
      checkInput: compile(input),
      refineInput: isTemplate ? refineBy(options.params) : NOTHING,
      complete: new Map(Object.entries(isTemplate ? (options.complete ?? {}) : {})) as ReadonlyMap<string, Completer>,
      list: list as ResourceEntry['list'],
      watch: options.watch as ResourceEntry['watch'],
      ttlMs: options.ttl === undefined ? 0 : toMilliseconds(options.ttl, `${where}, ttl`),
      shared: options.shared === true,
    });
    return this.#register(entry, options.needs);
  }

  prompt({ options }: Prompt): PromptEntry {
    const where = `prompt "${options.name}"`;
    const input = toJsonSchema(options.arguments, 'input');
    const definition = {
      ...pick(options, ['name', 'title', 'description', 'icons']),
      arguments: promptArguments(input),
    };
    this.#declare('prompt', options, options.description ?? '', input, undefined, [], true);
    const entry: PromptEntry = Object.freeze({
      kind: 'prompt',
      ...this.#base(where, options, definition, {}),
      authorize: undefined,
      run: options.get as PromptEntry['run'],
      checkInput: compile(input),
      refineInput: refineBy(options.arguments),
      complete: new Map(Object.entries(options.complete ?? {})) as ReadonlyMap<string, Completer>,
    });
    return this.#register(entry, options.needs);
  }

  #register<T extends Target>(entry: T, needs: Needs | undefined): T {
    if (needs !== undefined) this.needs.set(entry, needs);
    return entry;
  }

  #declare(
    kind: Declared['kind'],
    options: Base,
    description: string,
    input: JsonObject,
    output: JsonObject | undefined,
    untrusted: readonly string[] | undefined,
    hasAuthorize: boolean,
  ): void {
    const { name } = options;
    const code = readCode(options, options.needs ?? {});
    const facts = { kind, name, description, input, output, untrusted: untrusted ?? [], hasAuthorize };
    this.declared.push(code === undefined ? facts : { ...facts, code });
  }

  #base(where: string, options: Base, definition: JsonObject, internals: JsonObject) {
    const problem =
      checkName(options.name, 'primitive') ?? (options.icons ?? []).map(checkIcon).find((found) => found !== undefined);
    if (problem !== undefined) throw new TypeError(`${where}: ${problem.message}. ${problem.mend}`);
    const scopes = readScopes(where, options.scope);
    for (const need of Object.keys(options.needs ?? {})) refuseReservedNeed(where, need);
    const { limits = {} } = options;
    const frozen = deepFreeze(definition);
    return {
      name: options.name,
      scopes,
      definition: frozen,
      internals: { ...internals, scopes, needs: Object.keys(options.needs ?? {}) },
      digest: createHash('sha256').update(JSON.stringify(frozen)).digest('base64url'),
      timeoutMs:
        limits.timeout === undefined
          ? this.#limits.handlerMs
          : toMilliseconds(limits.timeout, `${where}, limits.timeout`),
      flow: readFlow(where, options.flow, options.effect ?? 'read', options.needs ?? {}),
      perMinute: limits.perMinute,
      burst: limits.burst,
      asks: new Set(options.asks),
    };
  }
}
