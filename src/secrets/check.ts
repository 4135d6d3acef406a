import type { Profile } from '../pipeline/settings.ts';
import type { Fingerprinted } from './fingerprints.ts';
import { faultOf } from './keeper.ts';
import { readSecretOptions } from './options.ts';
import { createProvider, type Provider, type Reading } from './provider.ts';
import type { ProviderSettings } from './provider-settings.ts';
import { explainReference, parseReference, placeOf, type Scheme } from './reference.ts';
import type { SecretOptions } from './secret.ts';

/** What was found of one secret; nothing of its value. */
export interface SecretFinding {
  readonly name: string;
  readonly provider: string;
  readonly reachable: boolean;
  /** Days since it was made, where the provider knows. */
  readonly ageDays: number | undefined;
  readonly owner: string | undefined;
  /** What has to be mended, in sentences. */
  readonly problems: readonly string[];
  /** What could be better. */
  readonly notes: readonly string[];
}

/** What a check is made with. */
export interface CheckContext {
  readonly profile: Profile;
  readonly folder: string;
  readonly providers?: ProviderSettings;
  /** Compares a value with those before it and with other environments. */
  readonly separate: (
    secret: Fingerprinted,
    others: ReadonlyMap<string, string>,
  ) => Promise<{ readonly refuse?: string; readonly warn?: string }>;
}

const [READ_MS, DAY_MS] = [10_000, 86_400_000];

/** Reads every secret once, without a server, and tells what is wrong; gives what was read for fingerprints. */
export async function checkSecrets(
  secrets: Readonly<Record<string, SecretOptions>>,
  context: CheckContext,
): Promise<{ readonly findings: readonly SecretFinding[]; readonly read: readonly Fingerprinted[] }> {
  const providers = new Map<Scheme, Provider>();
  const read: Fingerprinted[] = [];
  const findings: SecretFinding[] = [];
  for (const [name, options] of Object.entries(secrets)) {
    findings.push(await checkOne(name, options, context, providers, read));
  }
  for (const provider of providers.values()) provider.close?.();
  return { findings, read };
}

async function checkOne(
  name: string,
  options: SecretOptions,
  context: CheckContext,
  providers: Map<Scheme, Provider>,
  read: Fingerprinted[],
): Promise<SecretFinding> {
  const { maxAgeMs, owner } = readSecretOptions(name, options);
  const [problems, notes]: [string[], string[]] = [[], []];
  if (owner === undefined) notes.push('nobody answers for it (owner)');
  if (maxAgeMs === undefined) notes.push('nothing says how old it may become (maxAge)');
  const reference = parseReference(options.from);
  const provider = reference?.scheme ?? '-';
  const found = { name, provider, owner, problems, notes };
  if (reference === undefined) {
    problems.push(explainReference(options.from));
    return { ...found, reachable: false, ageDays: undefined };
  }
  let reading: Reading;
  try {
    const made = providers.get(reference.scheme) ?? (await createProvider(reference.scheme, providerContext(context)));
    providers.set(reference.scheme, made);
    reading = await made.read(reference.locator, AbortSignal.timeout(READ_MS));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : 'it cannot be read');
    return { ...found, reachable: false, ageDays: undefined };
  }
  const fault = faultOf(reading.value);
  if (fault !== undefined) problems.push(fault);
  // In the environment of a developer it is a note, as it is at the start.
  (reference.scheme === 'env' && context.profile === 'dev' ? notes : problems).push(...(reading.problems ?? []));
  const secret = { name, value: reading.value, place: placeOf(reference, context.providers) };
  const { refuse, warn } = await context.separate(secret, new Map(read.map((other) => [other.name, other.value])));
  if (refuse !== undefined) problems.push(refuse);
  if (warn !== undefined) notes.push(warn);
  read.push(secret);
  const age = reading.madeAt === undefined ? undefined : Math.max(0, Date.now() - reading.madeAt);
  if (age !== undefined && maxAgeMs !== undefined && age > maxAgeMs)
    problems.push(`it is ${days(age)} days old, and ${days(maxAgeMs)} are allowed (maxAge)`);
  return { ...found, reachable: true, ageDays: age === undefined ? undefined : days(age) };
}

function providerContext({ profile, folder, providers = {} }: CheckContext) {
  return { profile, folder, settings: providers, remember: () => undefined };
}

function days(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
