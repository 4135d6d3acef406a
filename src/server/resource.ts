import type { FlowOptions } from '../flows/declared.ts';
import type { MaybePromise } from '../pipeline/decision.ts';
import type { StandardSchema } from '../schema/standard.ts';
import type { Ctx } from './ctx.ts';
import { refuseUnknownOptions } from '../options.ts';
import type { Duration } from '../text/duration.ts';
import type { Granted, Icon, Needs, UseLimits } from './tool.ts';
import type { ReverseChannel } from '../pipeline/catalog.ts';

/** What a resource holds: text, or base64 bytes. `uri` is the one asked for unless it says otherwise. */
export type Contents =
  | { readonly uri?: string; readonly mimeType?: string; readonly text: string }
  | { readonly uri?: string; readonly mimeType?: string; readonly blob: string };

/** A concrete resource of a template, as `resources/list` names it. */
export interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly size?: number;
}

/** Suggests values for one variable; only what this caller may know. At most 100 are sent. */
export type CompleteOne<N extends Needs> = (
  value: string,
  ctx: Ctx & Granted<N>,
  others: Readonly<Record<string, string>>,
) => MaybePromise<readonly string[]>;

interface Shared<N extends Needs> {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
  readonly icons?: readonly Icon[];
  readonly scope: string | readonly string[];
  readonly needs?: N;
  readonly asks?: readonly ReverseChannel[];
  readonly limits?: UseLimits;
  /** What its contents are, and where its variables go. */
  readonly flow?: FlowOptions;
  /**
   * Begins to hear of changes that are made outside of this server, for somebody who watches the URI: call `changed` for each. Gives
   * what ends it. Leave it out where `ctx.changed` tells of every change.
   */
  readonly watch?: (uri: string, changed: () => void, ctx: Ctx & Granted<N>) => MaybePromise<() => void>;
  /** How long a client may keep the contents; absent: not at all. */
  readonly ttl?: Duration;
  /** Whether everyone sees the same contents, so that caches may share them; absent: private. */
  readonly shared?: boolean;
}

/** A resource with a fixed URI. */
export interface FixedResourceOptions<N extends Needs> extends Shared<N> {
  readonly uri: string;
  readonly read: (ctx: Ctx & Granted<N>) => MaybePromise<Contents | readonly Contents[] | undefined>;
}

/** A family of resources: `notes://note/{id}`. */
export interface TemplateResourceOptions<P, N extends Needs> extends Shared<N> {
  readonly uriTemplate: string;
  /** A closed, bounded schema of the template's variables. */
  readonly params: StandardSchema<unknown, P>;
  /** Object-level check: may this caller see this object? A refusal reads as "not found". */
  readonly authorize?: (params: P, ctx: Ctx & Granted<N>) => MaybePromise<boolean>;
  /** The contents, or `undefined` when there is no such resource. */
  readonly read: (params: P, ctx: Ctx & Granted<N>) => MaybePromise<Contents | readonly Contents[] | undefined>;
  /** The concrete resources that this caller may see in the list. */
  readonly list?: (ctx: Ctx & Granted<N>) => MaybePromise<readonly ListedResource[]>;
  readonly complete?: Readonly<Record<string, CompleteOne<N>>>;
}

/** An inert declaration of a resource or template. */
export interface Resource {
  readonly kind: 'resource';
  readonly options: FixedResourceOptions<Needs> | TemplateResourceOptions<unknown, Needs>;
}

const SHARED = [
  'name',
  'title',
  'description',
  'mimeType',
  'icons',
  'scope',
  'needs',
  'asks',
  'limits',
  'flow',
  'watch',
  'ttl',
  'shared',
  'read',
];
const FIXED = [...SHARED, 'uri'];
const TEMPLATE = [...SHARED, 'uriTemplate', 'params', 'authorize', 'list', 'complete'];

/**
 * Declares a resource with a fixed URI, or a template of resources.
 * @throws TypeError on an option that does not exist.
 */
export function resource<N extends Needs = Readonly<Record<never, never>>>(options: FixedResourceOptions<N>): Resource;
export function resource<P, N extends Needs = Readonly<Record<never, never>>>(
  options: TemplateResourceOptions<P, N>,
): Resource;
export function resource(options: object): Resource {
  const isTemplate = 'uriTemplate' in options;
  const name = 'name' in options ? String(options.name) : '?';
  refuseUnknownOptions(`resource "${name}"`, options, isTemplate ? TEMPLATE : FIXED);
  const erased = Object.freeze({ ...options }) as unknown as Resource['options'];
  return Object.freeze({ kind: 'resource', options: erased });
}
