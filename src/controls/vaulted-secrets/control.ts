import type { StartCheck, StartFacts } from '../../pipeline/start.ts';
import { findCredential, holdsRandom } from '../../text/credential-shape.ts';
import { explainReference, parseReference } from '../../secrets/reference.ts';

const KEEP = 'Keep it in a file or a vault, name it under "secrets", and refer to it by that name';

/**
 * Refuses what holds a credential where only a reference belongs: a declared secret, the rest of the deployment, and
 * whatever a model reads. The environment is no vault: over HTTP, production does not take secrets from it.
 */
export function configure(): StartCheck {
  return function vaultedSecrets(facts) {
    const { secrets, texts } = facts.kept;
    return [
      ...Object.entries(secrets).flatMap(([name, { from }]) => checkReference(facts, name, from)),
      ...texts.flatMap(({ where, text }) => {
        const kind = findCredential(text) ?? (holdsRandom(text) ? 'a credential' : undefined);
        return kind === undefined ? [] : [`${where}: this looks like ${kind}. ${KEEP}.`];
      }),
      ...facts.definitions.flatMap(({ where, definition }) => {
        const kind = findIn(definition);
        return kind === undefined ? [] : [`${where}: a model would read what looks like ${kind}. Take it out.`];
      }),
    ];
  };
}

function checkReference({ profile, http }: StartFacts, name: string, from: unknown): readonly string[] {
  const where = `secrets.${name}.from`;
  if (typeof from !== 'string') return [`${where}: missing. Say where the secret is.`];
  const reference = parseReference(from);
  if (reference === undefined) return [`${where}: ${explainReference(from)}`];
  if (reference.scheme === 'env' && profile === 'production' && http !== undefined)
    return [
      `${where}: the environment is readable by other processes. ${KEEP}: file:, age:, vault:, aws:, gcp:, azure:.`,
    ];
  return [];
}

/** A credential in any text of a value. */
function findIn(value: unknown): string | undefined {
  if (typeof value === 'string') return findCredential(value);
  if (typeof value !== 'object' || value === null) return undefined;
  for (const member of Object.values(value)) {
    const kind = findIn(member);
    if (kind !== undefined) return kind;
  }
  return undefined;
}

/** Whether a text that is no reference is taken for the secret itself, as the attack needs it. */
export function takesLiterals(weakened: ReadonlySet<string>): boolean {
  return weakened.has('vaulted-secrets');
}
