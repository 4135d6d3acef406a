import { createHash } from 'node:crypto';
import { canonicalJson } from '../protocol/canonical.ts';
import { isObject } from '../protocol/json.ts';
import { reveal } from '../text/neutralise.ts';
import type { Remote } from './http/reach.ts';
import type { Installed } from './install.ts';
import type { UpstreamOptions } from './options.ts';

/** That a person has seen what is started, and with which rights (GOV-05). */
export interface Consent {
  /** Of what was shown; see `digestLaunch`. */
  readonly digest: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

/** What says nothing of the start of an upstream, but of what is served of it, and to whom. */
const SERVED = new Set(['tools', 'resources', 'prompts', 'prefix', 'isolation', 'about', 'mark', 'waiver']);
/** What has a line of its own. */
const SHOWN = new Set(['package', 'command', 'url', 'bin', 'args', 'env', 'secrets', 'needs']);

/**
 * Digest of all that a start depends on: package or program with its integrity, arguments, variables and their values,
 * secrets by name, needs; but for the tools that are served, and who shares a process. SHA-256, base64url. Where a package lies
 * on this machine is no part of it, so that a lock can be carried to another.
 */
export function digestLaunch(
  options: UpstreamOptions,
  { source, integrity }: Pick<Installed, 'source' | 'integrity'>,
): string {
  const launch = Object.fromEntries(Object.entries(options).filter(([key]) => !SERVED.has(key)));
  return createHash('sha256').update(canonicalJson({ launch, source, integrity })).digest('base64url');
}

/** Digest of the start of an upstream that somebody has consented to; empty when nobody has. */
export function consentedLaunch(
  { consents = {} }: { readonly consents?: Readonly<Record<string, Consent>> },
  id: string,
): string {
  return Object.hasOwn(consents, id) ? (consents[id]?.digest ?? '') : '';
}

/** Everything that someone consents to, a line each. Nothing that is hidden in a text stays hidden. */
export function describeLaunch(id: string, options: UpstreamOptions, installed: Installed | Remote): readonly string[] {
  return 'program' in installed ? describeStart(id, options, installed) : describeReach(id, options, installed);
}

function describeReach(id: string, options: UpstreamOptions, { source }: Remote): readonly string[] {
  return [
    `${id}: this is reached over the network`,
    `  url          ${quoted(source)}`,
    ...othersOf(options),
    ...(options.credential === undefined ? ['  credential   none'] : []),
  ];
}

function describeStart(id: string, options: UpstreamOptions, installed: Installed): readonly string[] {
  const { needs = {}, env = {}, secrets = {} } = options;
  const list = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.map(quoted).join(', '));
  const facts = installed.facts;
  return [
    `${id}: this is started in a sandbox`,
    `  command      ${[installed.program, ...installed.args].map(quoted).join(' ')}`,
    `  from         ${installed.source}`,
    `  integrity    sha256 ${installed.integrity}`,
    ...(facts === undefined
      ? []
      : [
          `  publisher    ${quoted(facts.author ?? 'it names none')}, ${quoted(facts.repository ?? 'no repository')}, ${quoted(facts.license ?? 'no licence')}`,
          `  packages     ${facts.packages}, install scripts (never run): ${list(facts.installScripts)}`,
        ]),
    `  variables    ${list(Object.keys(env))}`,
    `  secrets      ${list(Object.entries(secrets).map(([variable, secret]) => `${variable}=${secret}`))}`,
    `  reads        ${list(needs.reads ?? [])}`,
    `  writes       ${list(needs.writes ?? [])}`,
    ...Object.entries(needs)
      .filter(([key]) => key !== 'reads' && key !== 'writes')
      .map(([key, value]) => `  ${key.padEnd(12)} ${quoted(JSON.stringify(value))}`),
    ...(needs.network === undefined && needs.hosts === undefined ? ['  network      none'] : []),
    ...othersOf(options),
  ];
}

/** What has no line of its own: all that another way to reach an upstream brings. */
function othersOf(options: UpstreamOptions): readonly string[] {
  return Object.entries(options)
    .filter(([key]) => !SERVED.has(key) && !SHOWN.has(key))
    .map(([key, value]) => `  ${key.padEnd(12)} ${quoted(JSON.stringify(value))}`);
}

const MOST_SHOWN = 2_000;

/** As a shell would want it, so that two arguments cannot pass for one. */
function quoted(text: string): string {
  const plain = reveal(text).replaceAll('\n', '\\n');
  if (/^[\w@%+=:,./-]{1,2000}$/.test(plain)) return plain;
  if (plain.length <= MOST_SHOWN) return JSON.stringify(plain);
  const digest = createHash('sha256').update(text).digest('base64url');
  return `${JSON.stringify(plain.slice(0, MOST_SHOWN))} [cut: ${plain.length} characters, SHA-256 ${digest}]`;
}

/** Whether a value from a file is a consent. */
export function isConsent(value: unknown): value is Consent {
  return isObject(value) && ['digest', 'by', 'at'].every((key) => typeof value[key] === 'string');
}
