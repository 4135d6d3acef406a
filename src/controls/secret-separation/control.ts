import type { StartCheck } from '../../pipeline/start.ts';
import { findSame, type Fingerprinted, type Fingerprints } from '../../secrets/fingerprints.ts';

/** What a vault says of a value beside the others: why it is refused, or what to warn of. */
export interface Separation {
  readonly refuse?: string;
  readonly warn?: string;
}

/** Compares a value with those of the same deployment and with the fingerprints of other environments. */
export type Separate = (secret: Fingerprinted, others: ReadonlyMap<string, string>) => Promise<Separation>;

/** What a deployment is, for the comparison. */
export interface SeparationFacts {
  /** In production, and in an environment that has a name of its own, a shared secret is refused; else it is warned of. */
  readonly strict: boolean;
  /** Those of the other environments. */
  readonly elsewhere: readonly Fingerprints[];
}

/** Whether a deployment is held to separate secrets: in production, and wherever an environment is named. */
export function isStrict(profile: 'dev' | 'production', environment: string | undefined): boolean {
  return profile === 'production' || (environment !== undefined && environment !== 'dev');
}

/** Refuses one secret for two upstreams, by name or by reference: who takes it from one has both. */
export function configureStart(): StartCheck {
  return function secretSeparation({ profile, kept: { environment, secrets, uses } }) {
    if (!isStrict(profile, environment)) return [];
    const problems: string[] = [];
    const [places, users] = [new Map<string, string>(), new Map<string, string>()];
    for (const [name, { from }] of Object.entries(secrets)) {
      const other = places.get(from);
      if (other === undefined) places.set(from, name);
      else problems.push(`secrets.${name}.from: "${other}" is read from there as well. Give each its own.`);
    }
    for (const { where, upstream, secret } of uses) {
      const other = users.get(secret);
      if (other === undefined) users.set(secret, upstream);
      else if (other !== upstream)
        problems.push(`${where}: the secret "${secret}" is for ${other} already. Give each upstream its own.`);
    }
    return problems;
  };
}

/** Makes the comparison of values, for the vault. */
export function configure(weakened: ReadonlySet<string>, { strict, elsewhere }: SeparationFacts): Separate {
  if (weakened.has('secret-separation')) return () => Promise.resolve({});
  return async function separate(secret, others) {
    const fault = (await sameElsewhere(elsewhere, secret)) ?? sameHere(secret, others);
    if (fault === undefined) return {};
    return strict ? { refuse: `${fault}. Give each its own` } : { warn: `${fault}. Production refuses that` };
  };
}

function sameHere({ value }: Fingerprinted, others: ReadonlyMap<string, string>): string | undefined {
  for (const [name, other] of others) if (other === value) return `it has the value of "${name}"`;
  return undefined;
}

async function sameElsewhere(elsewhere: readonly Fingerprints[], secret: Fingerprinted): Promise<string | undefined> {
  for (const fingerprints of elsewhere) {
    const same = await findSame(fingerprints, secret);
    if (same !== undefined) return same;
  }
  return undefined;
}
