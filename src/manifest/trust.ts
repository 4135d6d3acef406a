import { createPublicKey, type KeyObject } from 'node:crypto';
import { isSignedBy, keyIdOf, type Envelope } from './dsse.ts';

/** A public key that a deployment trusts. */
export interface TrustedKey {
  /** PEM of an Ed25519 public key. */
  readonly key: string;
  /** Who holds it. */
  readonly owner: string;
  /** Day after which its signatures do not count: `2027-06-30`. */
  readonly until: string;
}

/** Who may build, and who may approve: one key cannot do both. */
export interface Trust {
  readonly build: readonly TrustedKey[];
  readonly approve: readonly TrustedKey[];
}

/** A trusted key, ready to verify with. */
export interface OpenKey {
  readonly key: KeyObject;
  readonly id: string;
  readonly owner: string;
  readonly untilMs: number;
}

const DAY_MS = 86_400_000;

/**
 * What is wrong with the signatures of an envelope, one line each: it needs a good one of a build key and a good one of
 * an approver key, both unexpired and not the same.
 */
export function findTrustProblems(envelope: Envelope, trust: Trust, now: number = Date.now()): readonly string[] {
  const problems: string[] = [];
  const open = (role: keyof Trust): readonly OpenKey[] =>
    trust[role].flatMap((key, at) => openTrustedKey(key, `manifest.${role}[${at}]`, problems));
  const [build, approve] = [open('build'), open('approve')];
  const both = build.find(({ id }) => approve.some((other) => other.id === id));
  if (both !== undefined) {
    problems.push(`manifest: the key of ${both.owner} both builds and approves. Give approvers keys of their own.`);
    return problems;
  }
  for (const [role, keys] of [
    ['build', build],
    ['approve', approve],
  ] as const) {
    const signers = keys.filter(({ key }) => isSignedBy(envelope, key));
    if (signers.some(({ untilMs }) => untilMs > now)) continue;
    const [expired] = signers;
    problems.push(
      expired === undefined
        ? `manifest: it has no good signature of a key under "${role}". Sign it with: portcullis manifest sign --key <file>`
        : `manifest: the "${role}" key of ${expired.owner} has expired. Sign it with one that has not.`,
    );
  }
  return problems;
}

/**
 * Opens a key of the configuration; none, and a line more of problems, where it is not one.
 * @param where Its place in the configuration.
 */
export function openTrustedKey(
  { key: pem, owner, until }: TrustedKey,
  where: string,
  problems: string[],
): readonly OpenKey[] {
  const untilMs = Date.parse(`${until}T00:00:00Z`) + DAY_MS;
  if (!/^\d{4}-\d{2}-\d{2}$/.test(until) || Number.isNaN(untilMs)) {
    problems.push(`${where}.until: give a day, such as 2027-06-30.`);
    return [];
  }
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyType !== 'ed25519') throw new TypeError('another kind of key');
    return [{ key, id: keyIdOf(key), owner, untilMs }];
  } catch {
    problems.push(`${where}.key: it is no Ed25519 public key in PEM.`);
    return [];
  }
}
