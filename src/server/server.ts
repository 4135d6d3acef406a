import type { Policy } from '../pipeline/settings.ts';
import { refuseUnknownOptions } from '../options.ts';
import type { Prompt } from './prompt.ts';
import type { Resource } from './resource.ts';
import type { Tool } from './tool.ts';

/** How a server is declared. */
export interface ServerOptions {
  readonly name: string;
  readonly version: string;
  readonly title?: string;
  /** Guidance for models on the server as a whole. */
  readonly instructions?: string;
  readonly tools?: readonly Tool[];
  readonly resources?: readonly Resource[];
  readonly prompts?: readonly Prompt[];
  /** What each scope allows, in words for a consent page. */
  readonly scopes?: Readonly<Record<string, string>>;
  /** Broader scope to the scopes that it implies. */
  readonly hierarchy?: Readonly<Record<string, readonly string[]>>;
  /** One decision on every operation, after scopes and schemas. */
  readonly policy?: Policy;
  /** Controls to switch off, by their exported symbols. Production refuses any. */
  readonly insecure?: readonly symbol[];
}

/** An inert server: a host (`serve`, `portcullis serve`) runs it. */
export interface ServerDefinition {
  readonly kind: 'server';
  readonly options: ServerOptions;
}

const OPTIONS = [
  'name',
  'version',
  'title',
  'instructions',
  'tools',
  'resources',
  'prompts',
  'scopes',
  'hierarchy',
  'policy',
  'insecure',
] as const;

/**
 * Declares a server. It is checked as a whole when a host starts it.
 * @throws TypeError on an option that does not exist.
 */
export function server(options: ServerOptions): ServerDefinition {
  refuseUnknownOptions(`server "${options.name}"`, options, OPTIONS);
  return Object.freeze({ kind: 'server', options: Object.freeze({ ...options }) });
}
