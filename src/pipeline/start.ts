import type { JsonObject } from '../protocol/json.ts';
import type { HttpSettings, Profile } from './settings.ts';

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
}

/** Everything that is known before anything is served. */
export interface StartFacts {
  readonly profile: Profile;
  readonly declared: readonly Declared[];
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
