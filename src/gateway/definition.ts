import type { Capability, CapabilityContext } from '../capabilities/capability.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { listFields } from '../schema/fields.ts';
import { fromJsonSchema } from '../schema/standard.ts';
import { content, type ContentBlock } from '../server/content.ts';
import { server, type ServerDefinition } from '../server/server.ts';
import { tool, type Tool } from '../server/tool.ts';
import { detectSandbox } from '../sandbox/support.ts';
import type { Duration } from '../text/duration.ts';
import { confineSchema } from './confine-schema.ts';
import type { Installed } from './install.ts';
import type { Lock, PinnedTool, PinnedUpstream } from './lock.ts';
import type { UpstreamOptions, UpstreamToolOptions } from './options.ts';
import { insistOnSandbox, launching } from './launch.ts';
import { Pool } from './pool.ts';

/** What is called through: the one thing that a tool of an upstream holds. */
interface UpstreamCall {
  call(args: unknown, onProgress: (progress: number, total: number | undefined) => void): Promise<JsonObject>;
}

/** An upstream that can be started. */
export interface ReadyUpstream {
  readonly options: UpstreamOptions;
  readonly installed: Installed;
}

/** A gateway as a server, and what of its configuration is not served. */
export interface Gateway {
  readonly definition: ServerDefinition;
  /** One line for each tool that is configured and not served, with why. */
  readonly held: readonly string[];
}

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;
const CALL_MS = 30_000;

/**
 * Makes a server of what is pinned and configured: the tools of the upstreams, under the same controls as tools of one's own.
 * What is served is made of the lock; an upstream is started by the first call of each principal.
 */
export function createGateway(name: string, lock: Lock, upstreams: Readonly<Record<string, ReadyUpstream>>): Gateway {
  const held: string[] = [];
  const tools = Object.entries(upstreams).flatMap(([id, ready]) => toolsOf(id, ready, lock.upstreams[id], held));
  return { definition: server({ name, version: '1.0.0', tools }), held };
}

function toolsOf(
  id: string,
  ready: ReadyUpstream,
  pinned: PinnedUpstream | undefined,
  held: string[],
): readonly Tool[] {
  const hold = (what: string, why: string): readonly Tool[] => {
    held.push(`${what}: ${why}`);
    return [];
  };
  if (pinned === undefined) return hold(id, 'it is not pinned. Run: portcullis gateway pin');
  if (pinned.integrity !== ready.installed.integrity)
    return hold(id, `${ready.installed.source} is not what was pinned. Run: portcullis gateway pin`);
  const link = createLinks(id, ready, pinned);
  return Object.entries(ready.options.tools ?? {}).flatMap(([own, options]) => {
    const what = `${id}, ${own}`;
    const each = pinned.tools[own];
    if (each === undefined) return hold(what, 'the upstream has no such tool');
    if (each.approved === undefined) return hold(what, 'nobody has approved it. Run: portcullis gateway approve');
    const made = toolOf(id, own, each, options, ready.options, link(own));
    return typeof made === 'string' ? hold(what, made) : [made];
  });
}

/** A tool of an upstream as one of ours, or why it cannot be one. */
function toolOf(
  id: string,
  own: string,
  { definition }: PinnedTool,
  options: UpstreamToolOptions,
  { needs = {} }: UpstreamOptions,
  upstream: Capability<UpstreamCall>,
): Tool | string {
  const name = `${id}__${own}`;
  if (!NAME.test(name)) return `"${name}" is no name that models take: 64 letters, digits, _ and -`;
  const input = confineSchema(definition['inputSchema']);
  if ('problem' in input) return `its input schema cannot be closed: ${input.problem}`;
  const outputSchema = definition['outputSchema'];
  const output = outputSchema === undefined ? undefined : confineSchema(outputSchema, 'output');
  if (output !== undefined && 'problem' in output) return `its output schema cannot be closed: ${output.problem}`;
  const { title, description } = definition;
  const shared = {
    name,
    ...(typeof title === 'string' ? { title } : {}),
    description: typeof description === 'string' && description !== '' ? description : `The tool ${own} of ${id}.`,
    input: fromJsonSchema<JsonObject>(input.schema),
    scope: options.scope ?? `${id}:${options.effect}`,
    effect: options.effect,
    needs: { upstream },
    flow: {
      gives: ['untrusted', ...(options.gives ?? [])] as const,
      sends: [...(options.sends ?? []), ...(needs.network === true ? (['outside'] as const) : [])],
    },
    limits: {
      timeout: (options.timeout ?? `${CALL_MS}ms`) as Duration,
      ...(options.perMinute === undefined ? {} : { perMinute: options.perMinute }),
    },
    // Whose an object is, the upstream knows, in the process that it has for each principal.
    untrusted: listFields(input.schema).map(({ path }) => path),
  };
  if (output !== undefined)
    return tool({
      ...shared,
      output: fromJsonSchema<unknown>(output.schema),
      run: async (args, ctx) => (await ctx.upstream.call(args, ctx.progress))['structuredContent'],
    });
  return tool({
    ...shared,
    output: content('text', 'image', 'audio', 'resource_link', 'resource'),
    run: async (args, ctx) => (await ctx.upstream.call(args, ctx.progress))['content'] as readonly ContentBlock[],
  });
}

type LinkOf = (tool: string) => Capability<UpstreamCall>;

/** The capabilities of an upstream's tools. They share its processes, which end with the last of them. */
function createLinks(id: string, { options, installed }: ReadyUpstream, pinned: PinnedUpstream): LinkOf {
  const secrets = Object.entries(options.secrets ?? {});
  let pool: Promise<Pool> | undefined;
  let open = 0;
  return (own) => ({
    kind: 'upstream',
    declares: Object.freeze({
      upstream: id,
      tool: own,
      source: installed.source,
      integrity: installed.integrity,
      args: [...(options.args ?? [])],
      environment: Object.keys(options.env ?? {}),
      secrets: secrets.map(([, secret]) => secret),
      needs: { ...options.needs },
      isolation: options.isolation ?? 'principal',
    }),
    async open(runtime) {
      const held = secrets.map(([variable, name]) => [variable, runtime.secrets.get(name)] as const);
      open += 1;
      pool ??= detectSandbox().then((support) => {
        insistOnSandbox(id, support);
        const environment = async (): Promise<Record<string, string>> => {
          const revealed = held.map(
            async ([variable, secret]) => [variable, await runtime.secrets.reveal(secret)] as const,
          );
          return { ...options.env, ...Object.fromEntries(await Promise.all(revealed)) };
        };
        const launch = {
          id,
          installed,
          needs: options.needs ?? {},
          environment,
          support,
          log: (line: string) => runtime.log(line),
        };
        return new Pool(launching(launch), pinned, options.isolation === 'shared');
      });
      const ready = await pool;
      return {
        grant: ({ principal, signal }: CapabilityContext): UpstreamCall => ({
          async call(args, onProgress) {
            const result = await ready.call(principal.id, own, args, {
              timeoutMs: 2 ** 31 - 1,
              signal,
              onProgress: ({ progress, total }) => onProgress(progress, total),
            });
            return isObject(result) ? result : {};
          },
        }),
        async close() {
          open -= 1;
          if (open === 0) await ready.close();
        },
      };
    },
  });
}
