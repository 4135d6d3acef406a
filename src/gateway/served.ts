import type { Capability } from '../capabilities/capability.ts';
import { PublicError } from '../errors.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { compileUriTemplate, type UriTemplate } from '../protocol/uri-template.ts';
import { listFields } from '../schema/fields.ts';
import type { Separation, ServedName } from '../controls/distinct-upstreams/control.ts';
import { findConfusables } from '../schema/names.ts';
import { fromJsonSchema } from '../schema/standard.ts';
import { content, type ContentBlock } from '../server/content.ts';
import { freshnessOf, keepFresh } from '../server/freshness.ts';
import type { Ctx } from '../server/ctx.ts';
import { prompt, type Prompt, type PromptMessage } from '../server/prompt.ts';
import { resource, type CompleteOne, type Contents, type Resource } from '../server/resource.ts';
import { tool, type Tool } from '../server/tool.ts';
import type { Duration } from '../text/duration.ts';
import { confineSchema, type Confined } from './confine-schema.ts';
import { shortDigest, type PinnedItem } from './lock.ts';
import type { UpstreamItemOptions, UpstreamNeeds, UpstreamResourceOptions, UpstreamToolOptions } from './options.ts';
import type { Listener } from './talk.ts';
import { reachesOut } from './reach.ts';

/** What is called through: the one thing that an item of an upstream holds. */
export interface UpstreamCall {
  request(method: string, params: JsonObject, listener: Listener): Promise<JsonObject>;
  /** Asks to be told of changes of a resource; gives what ends it. */
  watch(uri: string, changed: () => void): Promise<() => void>;
}

/** One item of an upstream that is to be served. */
export interface Serving {
  /** The upstream. */
  readonly id: string;
  /** What the upstream calls it. */
  readonly own: string;
  /** What it is called here, and what of that stands before its own name. */
  readonly name: string;
  readonly prefix: string;
  readonly needs: UpstreamNeeds;
  /** Whether its texts stand between fences, where an item does not say. */
  readonly marks: boolean;
  /** Whether the upstream suggests values of arguments. */
  readonly completes: boolean;
  readonly link: (options: UpstreamResourceOptions) => Capability<UpstreamCall>;
  /** Whether its schemas are closed and bounded; they are, unless the control is off. */
  readonly closes: boolean;
  /** What no template of the upstream leads to. */
  readonly apart: Apart;
}

/** URIs of an upstream that have an entry of their own, and what was revoked of it. */
export interface Apart {
  readonly uris: readonly string[];
  readonly templates: readonly string[];
}

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const CALL_MS = 30_000;
const MOST_UNITS = 65_536;

/** What is served, and what is not. Among several items that one could be taken for, the first alone is. */
export class Made {
  readonly tools: Tool[] = [];
  readonly resources: Resource[] = [];
  readonly prompts: Prompt[] = [];
  /** One line for each item that is configured and not served, with why. */
  readonly held: string[] = [];
  readonly #separation: Separation;
  readonly #names = new Map<object, ServedName>();
  readonly #addresses: { readonly upstream: string; readonly prefix: string; readonly isWhole: boolean }[] = [];

  constructor(separation: Separation) {
    this.#separation = separation;
  }

  hold(what: string, why: string): void {
    this.held.push(`${what}: ${why}`);
  }

  /** Adds a tool, or gives why it cannot be. */
  addTool(serving: Serving, made: Tool | string): string | undefined {
    if (typeof made === 'string') return made;
    return this.#take(this.tools, serving, made, 'tool');
  }

  addPrompt(serving: Serving, made: Prompt | string): string | undefined {
    if (typeof made === 'string') return made;
    return this.#take(this.prompts, serving, made, 'prompt');
  }

  /** No URI may lead to two upstreams. */
  addResource(serving: Serving, made: Resource | string): string | undefined {
    if (typeof made === 'string') return made;
    const { id: upstream, own } = serving;
    const [prefix = ''] = own.split('{', 1);
    const isWhole = prefix === own;
    const other = this.#addresses.find(
      (each) =>
        each.upstream !== upstream &&
        ((!isWhole && each.prefix.startsWith(prefix)) ||
          (!each.isWhole && prefix.startsWith(each.prefix)) ||
          each.prefix === prefix),
    );
    if (other !== undefined) return `a URI of it could be one of "${other.upstream}" as well`;
    const problem = this.#take(this.resources, serving, made, 'resource');
    if (problem === undefined) this.#addresses.push({ upstream, prefix, isWhole });
    return problem;
  }

  #take<T extends Tool | Resource | Prompt>(known: T[], serving: Serving, made: T, kind: string): string | undefined {
    const { name } = made.options;
    // A resource is known by its address, and named after it.
    const isNamed = kind !== 'resource';
    const origin = {
      upstream: serving.id,
      prefix: isNamed ? serving.prefix : '',
      own: isNamed ? serving.own : name,
      name,
    };
    const served = known.flatMap((each) => this.#names.get(each) ?? []);
    const problem = this.#separation.nameProblem(origin, served, kind);
    if (problem !== undefined) return problem;
    const others = known.filter(({ options }) => options.name !== name);
    const [pair] = findConfusables([...others.map(({ options }) => options.name), name]);
    if (pair !== undefined) return `"${name}" looks like "${pair.a === name ? pair.b : pair.a}" (${pair.reason})`;
    this.#names.set(made, origin);
    known.splice(0, known.length, ...others, made);
    return undefined;
  }
}

/** What a deployment says of any item, as the server takes it. */
function shared(serving: Serving, options: UpstreamItemOptions) {
  return {
    needs: { upstream: serving.link(options) },
    ...(options.asks === undefined ? {} : { asks: options.asks }),
    flow: {
      gives: ['untrusted', ...(options.gives ?? [])] as const,
      source: `upstream ${serving.id}`,
      mark: options.mark ?? serving.marks,
      sends: [...(options.sends ?? []), ...(reachesOut(serving.needs) ? (['outside'] as const) : [])],
    },
    limits: {
      timeout: (options.timeout ?? `${CALL_MS}ms`) as Duration,
      ...(options.perMinute === undefined ? {} : { perMinute: options.perMinute }),
    },
  };
}

/** The texts of an item that are served as they were approved. */
function texts({ definition }: PinnedItem): { readonly title?: string; readonly description?: string } {
  const { title, description } = definition;
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' && description !== '' ? { description } : {}),
  };
}

/** A tool of an upstream as one of ours, or why it cannot be one. */
export function toolOf(serving: Serving, item: PinnedItem, options: UpstreamToolOptions): Tool | string {
  const { id, own, name } = serving;
  if (!NAME.test(name)) return `"${name}" is no name that models take: 64 letters, digits, _ and -`;
  const close = serving.closes ? confineSchema : asItIs;
  const input = close(item.definition['inputSchema']);
  if ('problem' in input) return `its input schema cannot be closed: ${input.problem}`;
  const outputSchema = item.definition['outputSchema'];
  const output = outputSchema === undefined ? undefined : close(outputSchema, 'output');
  if (output !== undefined && 'problem' in output) return `its output schema cannot be closed: ${output.problem}`;
  const whole = {
    ...shared(serving, options),
    name,
    description: `The tool ${own} of ${id}.`,
    ...texts(item),
    input: fromJsonSchema<JsonObject>(input.schema),
    scope: options.scope ?? `${id}:${options.effect}`,
    effect: options.effect,
    // Whose an object is, the upstream knows, in the process that it has for each principal.
    untrusted: listFields(input.schema).map(({ path }) => path),
  };
  const call = async (args: JsonObject, ctx: Ctx & { readonly upstream: UpstreamCall }): Promise<JsonObject> => {
    const result = await ctx.upstream.request('tools/call', { name: own, arguments: args }, ctx);
    if (result['isError'] === true) throw new PublicError(textOf(result));
    return result;
  };
  if (output !== undefined)
    return tool({
      ...whole,
      output: fromJsonSchema<unknown>(output.schema),
      run: async (args, ctx) => (await call(args, ctx))['structuredContent'],
    });
  return tool({
    ...whole,
    output: content('text', 'image', 'audio', 'resource_link', 'resource'),
    run: async (args, ctx) => (await call(args, ctx))['content'] as readonly ContentBlock[],
  });
}

function asItIs(schema: unknown): Confined {
  return isObject(schema) ? { schema } : { problem: 'it is no object' };
}

/** What a tool says of its own failure, for the model that called it. */
function textOf(result: JsonObject): string {
  const blocks: readonly unknown[] = Array.isArray(result['content']) ? result['content'] : [];
  const said = blocks.flatMap((block) => (isObject(block) && typeof block['text'] === 'string' ? [block['text']] : []));
  return said.join('\n').slice(0, 2_000) || 'The tool gives no reason.';
}

/** A resource of an upstream as one of ours, or why it cannot be one. */
export function resourceOf(serving: Serving, item: PinnedItem, options: UpstreamResourceOptions): Resource | string {
  const { id, own } = serving;
  return tried(() =>
    resource({
      ...shared(serving, options),
      ...addressed(id, item),
      uri: own,
      scope: options.scope ?? `${id}:read`,
      read: (ctx) => readContents(own, ctx),
      watch: (_uri, changed, ctx) => ctx.upstream.watch(own, changed),
    }),
  );
}

/** A family of resources of an upstream as one of ours, or why it cannot be one. */
export function templateOf(serving: Serving, item: PinnedItem, options: UpstreamResourceOptions): Resource | string {
  const { id, own, completes, apart } = serving;
  return tried(() => {
    const template = compileUriTemplate(own);
    const { variables } = template;
    const isApart = apartFrom(template, apart);
    const suggest =
      (variable: string): CompleteOne<{ readonly upstream: Capability<UpstreamCall> }> =>
      (value, ctx, others) =>
        suggestions({ type: 'ref/resource', uri: own }, variable, value, others, ctx);
    return resource({
      ...shared(serving, options),
      ...addressed(id, item),
      uriTemplate: own,
      params: fromJsonSchema<Readonly<Record<string, string>>>({
        type: 'object',
        properties: Object.fromEntries(variables.map((name) => [name, { type: 'string', maxLength: 2_048 }])),
        required: [...variables],
        additionalProperties: false,
      }),
      scope: options.scope ?? `${id}:read`,
      // Whose an object is, the upstream knows, in the process that it has for each principal.
      authorize: () => true,
      read: (values, ctx) => {
        const uri = template.expand(values);
        return isApart(uri) ? undefined : readContents(uri, ctx);
      },
      watch: (asked, changed, ctx) => {
        const values = template.match(asked);
        const uri = values === undefined ? undefined : template.expand(values);
        // Of what is something else's there is nothing to tell.
        return uri === undefined || isApart(uri) ? () => undefined : ctx.upstream.watch(uri, changed);
      },
      ...(completes ? { complete: Object.fromEntries(variables.map((name) => [name, suggest(name)])) } : {}),
    });
  });
}

/**
 * Whether a URI that a template makes is something else's. INVARIANT: what has a scope of its own, or was revoked, is not reached
 * under another spelling, nor by a family that it would belong to.
 */
function apartFrom(template: UriTemplate, { uris, templates }: Apart): (uri: string) => boolean {
  const plain = new Set(
    uris.flatMap((uri) => {
      const values = template.match(uri);
      return values === undefined ? [uri] : [uri, template.expand(values)];
    }),
  );
  const families = templates.flatMap((each) => {
    const made = each === template.template ? undefined : tried(() => compileUriTemplate(each));
    return made === undefined || typeof made === 'string' ? [] : [made];
  });
  return (uri) => plain.has(uri) || families.some((family) => family.match(uri) !== undefined);
}

function addressed(id: string, item: PinnedItem) {
  const { name, mimeType } = item.definition;
  // A name is shown and not called by; what could make two of them one is replaced.
  const plain = String(name).replaceAll(/[^A-Za-z0-9_-]+/g, '_');
  return {
    title: String(name).slice(0, 256),
    ...texts(item),
    name: `${id}__${plain}`.slice(0, 100) + `_${shortDigest(item)}`,
    ...(typeof mimeType === 'string' ? { mimeType } : {}),
  };
}

async function readContents(uri: string, ctx: Ctx & { readonly upstream: UpstreamCall }): Promise<readonly Contents[]> {
  const result = await ctx.upstream.request('resources/read', { uri }, ctx);
  const { contents } = result;
  const all: readonly unknown[] = Array.isArray(contents) ? contents : [contents];
  const own = all.map((each) =>
    isObject(each) && !isWithin(each['uri'], uri) ? { ...each, uri } : each,
  ) as readonly Contents[];
  // What the upstream says of it counts as far as the configuration lets it be kept.
  return keepFresh(own, freshnessOf(result) ?? 0);
}

/** INVARIANT: what an upstream gives for one resource does not pass for another, its own or somebody else's. */
function isWithin(said: unknown, asked: string): boolean {
  if (typeof said !== 'string' || said === asked) return said === asked;
  return said.startsWith(asked.endsWith('/') ? asked : `${asked}/`) && !/\/(?:\.|%2e){1,2}(?:[/?#]|$)/i.test(said);
}

/** A prompt of an upstream as one of ours, or why it cannot be one. */
export function promptOf(serving: Serving, item: PinnedItem, options: UpstreamItemOptions): Prompt | string {
  const { id, own, name, completes } = serving;
  if (!NAME.test(name)) return `"${name}" is no name that clients take: 64 letters, digits, _ and -`;
  const declared = item.definition['arguments'] ?? [];
  if (!Array.isArray(declared) || !declared.every(isArgument)) return 'its arguments are none';
  const suggest =
    (argument: string): CompleteOne<{ readonly upstream: Capability<UpstreamCall> }> =>
    (value, ctx, others) =>
      suggestions({ type: 'ref/prompt', name: own }, argument, value, others, ctx);
  return tried(() =>
    prompt({
      ...shared(serving, options),
      name,
      ...texts(item),
      arguments: fromJsonSchema<JsonObject>({
        type: 'object',
        properties: Object.fromEntries(
          declared.map(({ name: argument, description }) => [
            argument,
            { type: 'string', maxLength: MOST_UNITS, ...(typeof description === 'string' ? { description } : {}) },
          ]),
        ),
        required: declared.filter(({ required }) => required === true).map(({ name: argument }) => argument),
        additionalProperties: false,
      }),
      scope: options.scope ?? `${id}:read`,
      ...(completes ? { complete: Object.fromEntries(declared.map((each) => [each.name, suggest(each.name)])) } : {}),
      async get(args, ctx) {
        const { messages } = await ctx.upstream.request('prompts/get', { name: own, arguments: args }, ctx);
        return messages as readonly PromptMessage[];
      },
    }),
  );
}

function isArgument(value: unknown): value is JsonObject & { readonly name: string } {
  return isObject(value) && typeof value['name'] === 'string' && value['name'] !== '__proto__';
}

async function suggestions(
  ref: JsonObject,
  name: string,
  value: string,
  others: Readonly<Record<string, string>>,
  ctx: Ctx & { readonly upstream: UpstreamCall },
): Promise<readonly string[]> {
  const context = Object.keys(others).length === 0 ? {} : { context: { arguments: others } };
  const result = await ctx.upstream.request('completion/complete', { ref, argument: { name, value }, ...context }, ctx);
  const values = isObject(result['completion']) ? result['completion']['values'] : undefined;
  return Array.isArray(values) ? values.filter((each) => typeof each === 'string') : [];
}

/** What cannot be declared here, with the reason. */
function tried<T>(make: () => T): T | string {
  try {
    return make();
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}
