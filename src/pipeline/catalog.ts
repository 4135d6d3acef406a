import type { JsonObject } from '../protocol/json.ts';
import type { UriTemplate } from '../protocol/uri-template.ts';
import type { Principal } from './principal.ts';
import type { MaybePromise } from './decision.ts';

/** What a tool does to the world; it gates approval and recording. */
export type Effect = 'read' | 'write' | 'destructive' | 'critical';

/** What the output of a tool is: someone else's words, or what only the caller may read. */
export type Label = 'untrusted' | 'private';

/** Where the input of a tool goes: out of the organisation, or to where it is kept and read again. */
export type Sink = 'outside' | 'persistent';

/** The flow of data through a tool. */
export interface Flow {
  readonly gives: ReadonlySet<Label>;
  readonly sends: ReadonlySet<Sink>;
  /** Who wrote what is untrusted of it, for the label; the target itself when absent. */
  readonly source?: string;
  /** Whether its texts stand between fences. */
  readonly mark?: boolean;
}

/** Where the handler of a tool runs: in the host, in a worker thread, or in a process of its own under a sandbox. */
export type Isolation = 'none' | 'worker' | 'process';

/** How the audit log holds an argument. */
export type RecordForm = 'clear' | 'hash';

/** One fault of a value against a schema; the message never holds the value. */
export interface Issue {
  /** JSON pointer. */
  readonly path: string;
  readonly rule: string;
  readonly message: string;
}

/** Checks a value against a schema: `undefined` when it conforms. */
export type Check = (value: unknown) => readonly Issue[] | undefined;

/** Parses a value with the author's own schema (defaults, transforms): the value, or its issues. */
export type Refine = (
  value: unknown,
) => MaybePromise<{ readonly value: unknown } | { readonly issues: readonly Issue[] }>;

/** A parameter mirrored into a header (MCP 2026-07-28 server/tools#x-mcp-header). */
export interface MirroredParameter {
  readonly path: readonly string[];
  /** Header name in lower case: `mcp-param-...`. */
  readonly header: string;
  readonly type: 'string' | 'integer' | 'boolean';
}

/** What every primitive has: who may use it, and the bytes that a model sees of it. */
interface Entry {
  readonly name: string;
  /** All scopes that a use needs; empty only where the author declared the primitive public to any principal. */
  readonly scopes: readonly string[];
  /** The model-facing definition: allow-listed fields only. */
  readonly definition: JsonObject;
  /** What the server knows of it and a model need not: shown to nobody while `minimal-fields` is on. */
  readonly internals: JsonObject;
  /** SHA-256 of the definition, base64url. */
  readonly digest: string;
  readonly timeoutMs: number;
  readonly perMinute: number | undefined;
  readonly burst: number | undefined;
  /** Object-level check: may this principal do this with these arguments? */
  readonly authorize: ((args: unknown, work: object) => MaybePromise<boolean>) | undefined;
  /** What comes out of a use, and where what goes in ends up. */
  readonly flow: Flow;
  /** Reverse channels that the author declared. */
  readonly asks: ReadonlySet<ReverseChannel>;
  /** Does the work, with the author's typed context. */
  readonly run: (args: unknown, work: object) => MaybePromise<unknown>;
}

/** What a server may ask of a client in the middle of a call. */
export type ReverseChannel = 'elicitation' | 'sampling' | 'roots';

/** A tool, as the pipeline knows it. */
export interface ToolEntry extends Entry {
  readonly kind: 'tool';
  readonly effect: Effect;
  readonly sandbox: Isolation;
  /** Whether it uses something of the machine that is counted for its caller. */
  readonly metered: boolean;
  /** Calls of one principal in progress, where it declares how many. */
  readonly concurrent: number | undefined;
  /** Arguments that the audit log may hold. */
  readonly record: ReadonlyMap<string, RecordForm>;
  readonly checkInput: Check;
  readonly refineInput: Refine;
  readonly mirrored: readonly MirroredParameter[];
  /** Absent for unstructured content. */
  readonly checkOutput: Check | undefined;
  readonly refineOutput: Refine | undefined;
  /** Content block types that an unstructured tool may give. */
  readonly contentTypes: ReadonlySet<string>;
}

/** A resource (fixed URI) or a template. */
export interface ResourceEntry extends Entry {
  readonly kind: 'resource';
  readonly uri: string | undefined;
  readonly template: UriTemplate | undefined;
  readonly mimeType: string | undefined;
  readonly checkInput: Check;
  readonly refineInput: Refine;
  readonly complete: ReadonlyMap<string, Completer>;
  /** Concrete resources of a template that a principal may see in `resources/list`. */
  readonly list: ((work: object) => MaybePromise<readonly JsonObject[]>) | undefined;
  /** Begins to hear of changes outside of this server; gives what ends it. */
  readonly watch: ((uri: string, changed: () => void, work: object) => MaybePromise<() => void>) | undefined;
  readonly ttlMs: number;
  readonly shared: boolean;
}

/** A prompt. */
export interface PromptEntry extends Entry {
  readonly kind: 'prompt';
  readonly checkInput: Check;
  readonly refineInput: Refine;
  readonly complete: ReadonlyMap<string, Completer>;
}

/** Suggests values for one argument. */
export type Completer = (
  value: string,
  work: object,
  context: Readonly<Record<string, string>>,
) => MaybePromise<readonly string[]>;

/** Whatever a request can be aimed at. */
export type Target = ToolEntry | ResourceEntry | PromptEntry;

/** Everything that a server offers, resolved once at start-up. Lookups are by exact name. */
export interface Catalog {
  readonly server: { readonly name: string; readonly version: string; readonly title?: string };
  readonly instructions: string | undefined;
  readonly tools: ReadonlyMap<string, ToolEntry>;
  readonly prompts: ReadonlyMap<string, PromptEntry>;
  /** Fixed resources by URI. */
  readonly resources: ReadonlyMap<string, ResourceEntry>;
  readonly templates: readonly ResourceEntry[];
  /** Names of tools that are not as they were approved: they are in none of the lists. */
  readonly held: ReadonlySet<string>;
  /** Every scope that some primitive needs, sorted. */
  readonly scopes: readonly string[];
  /** The least scopes with which a client can begin: those of read-only primitives. */
  readonly initialScopes: readonly string[];
}

/** Whether the principal holds every scope of the entry. */
export function mayUse(entry: { readonly scopes: readonly string[] }, principal: Principal): boolean {
  for (const scope of entry.scopes) if (!principal.scopes.has(scope)) return false;
  return true;
}
