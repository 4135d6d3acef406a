import type { CredentialFile } from './credential-files.ts';
import type { Lockfile } from './dependencies/locked.ts';
import type { Manifest } from './dependencies/manifests.ts';
import type { DeploymentFile } from './deployment-file.ts';
import type { ImageConfig } from './image-config.ts';
import type { OsvDatabase } from './osv.ts';
import type { Pipeline } from './pipelines.ts';
import type { SystemdUnit } from './systemd.ts';

/** A value with the line and column where it stands, from 1. */
export interface At<T> {
  readonly value: T;
  readonly line: number;
  readonly column: number;
}

/** A named value, of which only is kept what kind of secret it is. */
export interface Held {
  readonly name: string;
  /** `undefined` where it is none. */
  readonly secret?: string;
  readonly line: number;
  readonly column: number;
}

/** One server of a client's configuration. */
export interface ClientServer {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly name: string;
  readonly command?: At<string>;
  /** A secret among them is not kept, only its kind. */
  readonly args: readonly (At<string> & { readonly secret?: string })[];
  readonly env: readonly Held[];
  readonly url?: At<string>;
  readonly headers: readonly Held[];
  /** Tools that it may call without asking; `*` for all. */
  readonly approves: readonly At<string>[];
}

/** One instruction of a Dockerfile. */
export interface Instruction {
  readonly line: number;
  /** Upper case. */
  readonly name: string;
  /** As it is written, without the secrets in it. */
  readonly text: string;
  /** What it gives a name in clear, and is a secret. */
  readonly secrets: readonly { readonly name: string; readonly kind: string }[];
}

/** One Dockerfile. */
export interface Dockerfile {
  readonly file: string;
  readonly instructions: readonly Instruction[];
}

/** One container that Compose or Kubernetes runs, with what of it matters. A member that is absent was not written. */
export interface Workload {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly from: 'compose' | 'kubernetes';
  readonly name: string;
  readonly image?: At<string>;
  readonly user?: At<string>;
  /** `false` where nothing that it starts may gain rights; `undefined` where nothing says so. */
  readonly mayGain?: At<boolean>;
  readonly nonRoot?: At<boolean>;
  readonly privileged?: At<boolean>;
  readonly readOnly?: At<boolean>;
  readonly dropsAll: boolean;
  readonly adds: readonly At<string>[];
  readonly seccomp?: At<string>;
  /** `network`, `pid`, `ipc`: what of the machine it shares. */
  readonly shares: readonly At<string>[];
  /** Paths of the machine that it sees. */
  readonly mounts: readonly At<string>[];
  readonly env: readonly Held[];
  readonly limits: { readonly memory: boolean; readonly cpu: boolean; readonly pids: boolean };
  /** Published ports, as they are written. */
  readonly ports: readonly At<string>[];
  /** Whether a token of the cluster is put into it; Kubernetes does unless told. */
  readonly clusterToken?: At<boolean>;
  readonly namespace?: string;
}

/** One NetworkPolicy of Kubernetes. */
export interface NetworkRule {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly namespace: string;
  readonly types: readonly string[];
  /** Whether it lets everything out to anywhere. */
  readonly opensEgress: boolean;
}

/** What the files of a target come to. */
export interface FilesSubject {
  readonly units: readonly SystemdUnit[];
  readonly pipelines: readonly Pipeline[];
  readonly images: readonly ImageConfig[];
  readonly deployments: readonly DeploymentFile[];
  readonly credentials: readonly CredentialFile[];
  readonly manifests: readonly Manifest[];
  readonly locks: readonly Lockfile[];
  /** Whether the target is the whole of a repository of git, as far as can be told: nothing of it lies above. */
  readonly isRepository: boolean;
  /** Known vulnerabilities of what is locked; absent where none were given. */
  readonly osv?: OsvDatabase;
  readonly servers: readonly ClientServer[];
  readonly dockerfiles: readonly Dockerfile[];
  readonly workloads: readonly Workload[];
  readonly networkRules: readonly NetworkRule[];
  /** Files that were read, by path relative to the target. */
  readonly files: readonly string[];
  /** Files that could not be read, with why. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}
