import type { MediaRules } from '../media/options.ts';
import type { Era } from '../protocol/versions.ts';
import type { Recorder } from '../record/event.ts';
import type { Store } from '../stores/store.ts';
import type { Catalog, Label, Target } from './catalog.ts';
import type { ApprovalDemand, Transport } from './context.ts';
import type { Decision, Denial, MaybePromise } from './decision.ts';
import type { DetectionRules } from './detection.ts';
import type { FlowSettings } from './flows.ts';
import type { Identities } from './identities.ts';
import type { LeakRules } from './leaks.ts';
import type { Limits } from './limits.ts';
import type { Principal } from './principal.ts';
import type { Sealer } from './seal.ts';

/** `dev` is for one's own machine; `production` refuses to start with anything weak. */
export type Profile = 'dev' | 'production';

/** How the HTTP host is reached. */
export interface HttpSettings {
  /** Address to bind, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly socket: string | undefined;
  /** Path of the MCP endpoint, compared exactly. */
  readonly path: string;
  /** Canonical URL of this server: the OAuth resource and the only audience (RFC 8707). */
  readonly resource: string;
  /** Where the protected-resource metadata is (RFC 9728). */
  readonly metadataUrl: string;
  /** Lower-case `host[:port]` values that the Host header may have. */
  readonly allowedHosts: ReadonlySet<string>;
  /** Exact origins; empty means that no browser page may call. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** A declared TLS terminator in front, and the addresses it connects from. */
  readonly terminated: boolean;
  readonly trustedProxies: readonly string[];
}

/** What verifies a credential (see `identity/authenticator.ts`). */
export interface Authentication {
  authenticate(
    authorization: string | undefined,
    connection?: object,
  ): MaybePromise<{ readonly pass: true; readonly principal: Principal } | Denial>;
  readonly ready: boolean;
}

/** The question that the central policy answers. */
export interface PolicyRequest {
  readonly principal: Principal;
  readonly method: string;
  readonly target: Target | undefined;
  readonly args: unknown;
  /** The arguments as the client sent them; absent where `args` are those. */
  readonly sent?: unknown;
  readonly transport: Transport;
  readonly era: Era;
  /** What the task of the request has read. */
  readonly labels: ReadonlySet<Label>;
  /** When it is asked, in milliseconds since the epoch. */
  readonly at: number;
}

/** Decides on every operation, whatever its method, era or transport. */
export type Policy = (request: PolicyRequest) => MaybePromise<Decision>;

/** What the policies say: a decision, and the approvals without which it does not hold. */
export interface RulesVerdict {
  readonly decision: Decision;
  readonly demands: readonly ApprovalDemand[];
}

/** The policies of a deployment, which can change while it serves. */
export interface PolicyRules {
  decide(request: PolicyRequest): RulesVerdict;
  /** Changes with the policies, and with what they are about. */
  version(): string;
}

/** Everything that controls are configured with: cloned, validated and frozen at start-up. */
export interface Settings {
  readonly profile: Profile;
  readonly eras: ReadonlySet<Era>;
  readonly versions: readonly string[];
  readonly limits: Limits;
  /** What pictures, sounds and blobs of results may be. */
  readonly media: MediaRules;
  readonly catalog: Catalog;
  readonly http: HttpSettings | undefined;
  readonly authentication: Authentication | undefined;
  /** The one caller of a stdio process, or of a server whose authentication is switched off. */
  readonly localPrincipal: Principal;
  readonly policy: Policy | undefined;
  /** The policies of the deployment: they and `policy` both have to pass. */
  readonly rules: PolicyRules | undefined;
  /** How flows between tools are decided. */
  readonly flows: FlowSettings;
  /** Clients that may call; every one when absent. */
  readonly identities: Identities | undefined;
  readonly store: Store;
  readonly recorder: Recorder;
  readonly sealer: Sealer;
  /** Keyed digest for the audit log: linkable, not guessable. */
  readonly digest: (text: string) => string;
  readonly redact: (text: string) => string;
  /** Takes out every secret that the host was handed, exactly, in each usual encoding; nothing else. */
  readonly withhold: (text: string) => string;
  /** Where such secrets are in a text, and where one begins that may go on in the next text of a stream. */
  readonly secretSpans: (text: string) => readonly (readonly [number, number])[];
  /** What is done about what looks like a credential or like personal data in what is answered. */
  readonly leaks: LeakRules;
  /** What is done about orders to a model in texts of strangers. */
  readonly detection: DetectionRules;
  /** Changes whenever the rules do by which a call is let in: an approval is good under one version only. */
  readonly policyVersion: () => string;
  /** Ids of the controls that an exported `insecure...` symbol has switched off. */
  readonly weakened: ReadonlySet<string>;
}

/** Whether a control is on. */
export function isOn(settings: Settings, id: string): boolean {
  return !settings.weakened.has(id);
}
