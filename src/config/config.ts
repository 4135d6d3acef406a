import type { ApprovalOptions } from '../approvals/rules.ts';
import type { HostOptions } from '../capabilities/capability.ts';
import type { IssuerOptions } from '../identity/authenticator.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { DetectionRules } from '../pipeline/detection.ts';
import type { IdentityOptions } from '../pipeline/identities.ts';
import type { Profile } from '../pipeline/settings.ts';
import type { Era } from '../protocol/versions.ts';
import type { HttpOptions } from '../server/deployment.ts';
import type { FlowsSection } from './sections/flows.ts';
import type { PolicySection } from './sections/policy.ts';
import type { LeakOptions } from '../leaks/options.ts';
import type { MediaOptions } from '../media/options.ts';
import type { RootsSection } from './sections/roots.ts';
import type { SourceSection } from './sections/sources.ts';
import type { PermissionsSection } from './sections/permissions.ts';
import type { AcceptedFinding } from '../pipeline/start.ts';
import type { ManifestSection } from './sections/manifest.ts';

import type { SandboxDeployment } from '../sandbox/options.ts';
import type { ProviderSettings } from '../secrets/provider-settings.ts';
import type { SecretOptions } from '../secrets/secret.ts';
import type { RegistrySection } from './sections/registry.ts';
import type { FingerprintsSection } from './sections/secrets.ts';

/** What `portcullis.yaml` says, in the right shape. Paths are as written. */
export interface Config {
  readonly profile: Profile;
  /** As the host takes it, with files for the PEM texts. */
  readonly http?: HttpOptions;
  readonly auth?: { readonly issuers: readonly IssuerOptions[]; readonly clockSkewSeconds?: number };
  readonly eras?: readonly Era[];
  readonly limits?: Partial<Limits>;
  readonly data?: string;
  readonly store?: { readonly kind: 'sqlite' | 'memory'; readonly file?: string };
  readonly audit?: { readonly directory?: string; readonly origin?: string; readonly key?: string };
  readonly keys?: { readonly file: string };
  readonly flows?: FlowsSection;
  readonly policy?: PolicySection;
  readonly approvals?: ApprovalOptions;
  readonly manifest?: ManifestSection;
  readonly registry?: RegistrySection;
  readonly accepted?: readonly AcceptedFinding[];
  readonly roots?: RootsSection;
  readonly hosts?: Readonly<Record<string, HostOptions>>;
  readonly sandbox?: SandboxDeployment;
  readonly media?: MediaOptions;
  readonly leaks?: LeakOptions;
  readonly identities?: Readonly<Record<string, IdentityOptions>>;
  readonly detection?: Partial<DetectionRules>;
  readonly programs?: Readonly<Record<string, string>>;
  readonly permissions?: PermissionsSection;
  readonly secrets?: Readonly<Record<string, SecretOptions>>;
  readonly secretProviders?: ProviderSettings;
  readonly environment?: string;
  readonly fingerprints?: FingerprintsSection;
  readonly sources?: Readonly<Record<string, SourceSection>>;
  readonly upstreams?: Readonly<Record<string, UpstreamOptions>>;
}
