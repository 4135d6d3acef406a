import type { Settings } from '../pipeline/settings.ts';
import type { AuthOptions, Deployment } from '../server/deployment.ts';
import type { ServerOptions } from '../server/server.ts';

/** The smallest server that is right, or wrong, in the one thing that a slice is about. */
export interface Fixture {
  readonly server: ServerOptions;
  /** How it is run, beside what every fixture has: loopback, an issuer, a real audit log. */
  readonly deployment?: Partial<Omit<Deployment, 'auth'>> & { readonly auth?: Partial<AuthOptions> };
  /** Puts what the attacks need into the store of a target over HTTP, once it serves; `issuer` is that of its tokens. */
  readonly prepare?: (settings: Settings, issuer: string) => Promise<void>;
  /** URL of the fixture's module, for one that has to run in a process of its own over stdio. */
  readonly ownProcess?: string;
  /** URL of the fixture's module, for one that runs in a process of its own with the permission flags of its needs. */
  readonly confined?: string;
}

/** Declares a fixture. */
export function fixture(options: Fixture): Fixture {
  return Object.freeze(options);
}
