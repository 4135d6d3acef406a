import type { JsonObject } from '../protocol/json.ts';
import type { HttpSettings, Profile } from './settings.ts';
import type { SecretOptions } from '../secrets/secret.ts';

/** A declared primitive, as the start-up checks see it. */
export interface Declared {
  readonly kind: 'tool' | 'resource' | 'prompt';
  readonly name: string;
  readonly description: string;
  readonly input: JsonObject;
  /** Absent for unstructured content, resources and prompts. */
  readonly output: JsonObject | undefined;
  /** Paths of fields that the author marked as free input. */
  readonly untrusted: readonly string[];
  readonly hasAuthorize: boolean;
  /** The text of its handler, and the needs in it that are databases; absent when it has none. */
  readonly code?: { readonly text: string; readonly queries: readonly string[] };
}

/** A text that a model reads, with everything in it. */
export interface ModelFacing {
  /** `tool "search"`. */
  readonly where: string;
  readonly definition: unknown;
}

/** A finding of the scan that someone has looked at. */
export interface AcceptedFinding {
  /** `tool "search"`, or `server`. */
  readonly where: string;
  /** Id of the scan's rule. */
  readonly rule: string;
  readonly reason: string;
  /** Day after which it counts again: `2027-06-30`. */
  readonly until: string;
}

/** What a deployment says of secrets. */
export interface KeptFacts {
  readonly secrets: Readonly<Record<string, SecretOptions>>;
  /** Who uses which secret, with the upstream that gets to see it. */
  readonly uses: readonly { readonly where: string; readonly upstream: string; readonly secret: string }[];
  /** Texts of the deployment in which no credential belongs. */
  readonly texts: readonly { readonly where: string; readonly text: string }[];
  readonly environment: string | undefined;
}

/** Everything that is known before anything is served. */
export interface StartFacts {
  readonly profile: Profile;
  readonly declared: readonly Declared[];
  readonly definitions: readonly ModelFacing[];
  readonly accepted: readonly AcceptedFinding[];
  /** What is wrong with the signed manifest; absent when none is deployed. */
  readonly manifestProblems: readonly string[] | undefined;
  readonly kept: KeptFacts;
  readonly http: HttpSettings | undefined;
  readonly hasIssuer: boolean;
  readonly devAuthorizationServer: boolean;
  /** Whether there is an audit log to write to. */
  readonly hasRecorder: boolean;
  /** Names of the `insecure...` symbols in use. */
  readonly insecure: readonly string[];
}

/** Finds what must not be served: one line each, with where, what and how to mend it. */
export type StartCheck = (facts: StartFacts) => readonly string[];

/** The facts of a server that declares nothing, is not reached by HTTP, and has all that it needs. */
export const NO_FACTS: Omit<StartFacts, 'profile'> = Object.freeze({
  declared: [],
  definitions: [],
  accepted: [],
  manifestProblems: [],
  kept: Object.freeze({ secrets: {}, uses: [], texts: [], environment: undefined }),
  http: undefined,
  hasIssuer: true,
  devAuthorizationServer: false,
  hasRecorder: true,
  insecure: [],
});
