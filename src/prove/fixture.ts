import type { Settings } from '../pipeline/settings.ts';
import type { AuthOptions, Deployment } from '../server/deployment.ts';
import type { ServerOptions } from '../server/server.ts';
import type { Tool } from '../server/tool.ts';
import type { Way } from './way.ts';

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
  /** How its tools are kept where they are those of an upstream behind the gateway. */
  readonly upstream?: {
    /** Tools that fail as an upstream does, in place of those of the same names. */
    readonly tools?: readonly Tool[];
    /** Tools that were other when they were approved, as they were then. */
    readonly approved?: readonly Tool[];
    /** Its attack ends the link to the upstream, which is shared with no other slice then. */
    readonly alone?: true;
    /** `shared` when absent. */
    readonly isolation?: 'principal' | 'shared';
  };
  /**
   * Makes the gateway that is attacked, where a slice is about nothing else.
   * @throws TypeError where the gateway refuses to be made.
   */
  readonly gateway?: (insecure: readonly symbol[], way: Way) => Promise<MadeGateway>;
}

/** A gateway in front of upstreams that were started for it. */
export interface MadeGateway {
  readonly fixture: Fixture;
  /** Ends the upstreams, once nothing is served any more. */
  stop(): Promise<void>;
}

/** Declares a fixture that is a gateway. */
export function gatewayFixture(gateway: NonNullable<Fixture['gateway']>): Fixture {
  return fixture({ server: { name: 'gateway', version: '1.0.0' }, gateway });
}

/** Declares a fixture. */
export function fixture(options: Fixture): Fixture {
  return Object.freeze(options);
}
