import type { ItemKind } from './items.ts';
import type { Effect, Label, ReverseChannel, Sink } from '../pipeline/catalog.ts';
import type { Era } from '../protocol/versions.ts';
import type { VetCheck } from './vet.ts';
import { configure, type ExactVersions } from '../controls/exact-versions/control.ts';
import type { CredentialOptions } from './credentials/options.ts';

/** What a deployment says of one resource or prompt of an upstream. One of which it says nothing is not served. */
export interface UpstreamItemOptions {
  /** The scope that a call needs; `<upstream>:<effect>` when absent. */
  readonly scope?: string;
  /** What its results are beside `untrusted`, which the words of an upstream always are. */
  readonly gives?: readonly Label[];
  /** Where its arguments go beside what the needs of the upstream say. */
  readonly sends?: readonly Sink[];
  /** Deadline of a call; `30s` when absent. */
  readonly timeout?: string;
  /** Calls a minute of one principal. */
  readonly perMinute?: number;
  /** What the upstream may ask the client for in the middle of a call; nothing when absent. */
  readonly asks?: readonly ReverseChannel[];
  /** Whether its texts stand between fences; as the upstream says when absent. */
  readonly mark?: boolean;
}

/** What a deployment says of one resource of an upstream, or of a family of them. */
export interface UpstreamResourceOptions extends UpstreamItemOptions {
  /** How long its contents may be kept for the same caller, where the upstream says so too: `5m`; not at all when absent. */
  readonly cache?: string;
}

/** What a deployment says of one tool of an upstream. */
export interface UpstreamToolOptions extends UpstreamItemOptions {
  readonly effect: Effect;
}

/** What an upstream may touch. Whatever is not here it cannot. */
export interface UpstreamNeeds {
  /** Absolute paths that it reads. */
  readonly reads?: readonly string[];
  /** Absolute paths that it reads and writes. */
  readonly writes?: readonly string[];
  /**
   * Hosts that it reaches, through the gateway: `api.example.com`, `*.example.com:8443` over TLS, `http://files.example.com` without,
   * and while developing `localhost:4000`.
   */
  readonly hosts?: readonly string[];
  /** The network of this machine as a whole, loopback and metadata included: for what speaks no HTTP. */
  readonly network?: 'unguarded';
  /** Bytes of memory of each of its processes; 512 MiB when absent. */
  readonly memoryBytes?: number;
  /** Processes and threads at a time; 64 when absent. */
  readonly processes?: number;
}

/** What a deployment writes down of an upstream (GOV-01). */
export interface UpstreamAbout {
  /** Who answers for it. */
  readonly owner: string;
  readonly purpose: string;
  /** What of data goes through it: `public`, `customers` ... */
  readonly data?: string;
  /** Day by which somebody looks at it again: `2027-06-30`. */
  readonly review: string;
}

/** Who answers for what a look at a package found, or could not find out (SUP-05). */
export interface VetWaiver {
  readonly checks: readonly VetCheck[];
  readonly reason: string;
  readonly owner: string;
  /** Last day: `2027-06-30`. */
  readonly until: string;
}

/** TLS with an upstream. */
export interface UpstreamTls {
  /** Absolute path of the PEM file of the authorities that are trusted; those of the system when absent. */
  readonly ca?: string;
  /** Names of the secrets that hold the certificate and the key of this side, in PEM. */
  readonly certificate?: string;
  readonly key?: string;
  /** Keys that it may show, as the SHA-256 of its SPKI in base64; any that is certified when absent. */
  readonly pins?: readonly string[];
}

/** The era that an upstream is spoken to in; `auto` takes the modern one where it has it. */
export type EraChoice = 'auto' | Era;

/** A server that somebody else wrote: started as a process and spoken to over its standard streams, or behind a URL. */
export interface UpstreamOptions {
  /** A package of npm at an exact version: `@modelcontextprotocol/server-memory@2025.8.4`. */
  readonly package?: string;
  /** An absolute program instead of a package. */
  readonly command?: string;
  /** A URL over Streamable HTTP instead of either. */
  readonly url?: string;
  /** Private ranges in which the host of the URL may be, `10.1.0.0/16`; only public addresses when absent. */
  readonly addresses?: readonly string[];
  readonly tls?: UpstreamTls;
  readonly credential?: CredentialOptions;
  /** `auto` when absent. What `portcullis gateway pin` found is pinned. */
  readonly era?: EraChoice;
  /** Which program of the package is run, where it has several. */
  readonly bin?: string;
  readonly args?: readonly string[];
  /** Its whole environment, but for what `secrets` adds. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables that hold a secret of the deployment, by the name of the secret. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly needs?: UpstreamNeeds;
  /** A process for each principal, or one for all, which only a server without state of its own can stand. */
  readonly isolation?: 'principal' | 'shared';
  /** What stands before the names of its tools and prompts, and `__`; its id when absent, nothing when empty. */
  readonly prefix?: string;
  readonly about?: UpstreamAbout;
  readonly waiver?: VetWaiver;
  /** Whether the texts of all it gives stand between fences, for models; they do not when absent. */
  readonly mark?: boolean;
  readonly tools?: Readonly<Record<string, UpstreamToolOptions>>;
  /** Resources by URI, and families of them by URI template. */
  readonly resources?: Readonly<Record<string, UpstreamResourceOptions>>;
  readonly prompts?: Readonly<Record<string, UpstreamItemOptions>>;
}

/** Everything that an upstream may ask for, whatever calls it. */
export function asksOf({ tools = {}, resources = {}, prompts = {} }: UpstreamOptions): ReadonlySet<ReverseChannel> {
  return new Set(
    [tools, resources, prompts].flatMap(Object.values<UpstreamItemOptions>).flatMap(({ asks = [] }) => asks),
  );
}

/** A package reference in its parts. */
export interface PackageReference {
  readonly name: string;
  readonly version: string;
}

const NAME = /^(?:@[a-z0-9][a-z0-9._~-]*\/)?[a-z0-9][a-z0-9._~-]*$/;
const EXACT = configure(new Set());

/**
 * Reads `name@1.2.3`.
 * @throws TypeError for a tag, a range or no version: what runs has to be one thing.
 */
export function parsePackage(reference: string, versions: ExactVersions = EXACT): PackageReference {
  const at = reference.lastIndexOf('@');
  const name = at > 0 ? reference.slice(0, at) : reference;
  const version = at > 0 ? reference.slice(at + 1) : '';
  if (!NAME.test(name) || name.length > 214) throw new TypeError(`"${reference}" is no package of npm.`);
  const problem = versions.versionProblem(version);
  if (problem !== undefined)
    throw new TypeError(`"${reference}" names no exact version. Write one, such as ${name}@1.2.3: ${problem}.`);
  return { name, version };
}

/** Names of the items of one kind that a deployment says something of. */
export function configuredOf({ tools = {}, resources = {}, prompts = {} }: UpstreamOptions, kind: ItemKind): object {
  return kind === 'tools' ? tools : kind === 'prompts' ? prompts : resources;
}
