import { randomBytes } from 'node:crypto';
import type { Store } from '../stores/store.ts';
import { isObject } from '../protocol/json.ts';
import type { SecretVault } from './secret.ts';

const [REQUESTS, ANSWERS] = ['secrets:rotate:', 'secrets:rotated:'];
const [TTL_MS, POLL_MS, MOST] = [120_000, 1_000, 100];

/** What one running instance did at a request. */
export interface RotationAnswer {
  /** Process id and host name. */
  readonly instance: string;
  readonly outcome: 'changed' | 'unchanged' | 'unknown';
  /** What is wrong with the secret there, in sentences. */
  readonly problems: readonly string[];
}

/** Asks every instance on a store to read a secret again now; gives the id under which they answer. */
export async function requestRotation(store: Store, name: string): Promise<string> {
  const id = randomBytes(12).toString('base64url');
  await store.put(`${REQUESTS}${id}`, name, TTL_MS);
  return id;
}

/** The answers so far. */
export async function rotationAnswers(store: Store, id: string): Promise<readonly RotationAnswer[]> {
  const answers: RotationAnswer[] = [];
  for (const key of await store.keys(`${ANSWERS}${id}:`, MOST)) {
    const answer = readAnswer(await store.get(key));
    if (answer !== undefined) answers.push(answer);
  }
  return answers;
}

function readAnswer(text: string | undefined): RotationAnswer | undefined {
  const parsed: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isObject(parsed)) return undefined;
  const { instance, outcome, problems } = parsed;
  if (typeof instance !== 'string' || !Array.isArray(problems)) return undefined;
  if (outcome !== 'changed' && outcome !== 'unchanged' && outcome !== 'unknown') return undefined;
  return { instance, outcome, problems: problems.map(String) };
}

/**
 * Does what is asked over the store until the returned function is called. The store is looked at each second, as one that
 * is a file cannot tell other processes of a change.
 */
export function serveRotations(store: Store, vault: SecretVault, instance: string): () => void {
  const seen = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let open = true;
  const look = async (): Promise<void> => {
    for (const key of await store.keys(REQUESTS, MOST)) {
      if (seen.has(key)) continue;
      seen.add(key);
      const name = await store.get(key);
      if (name === undefined) continue;
      const answer = await rotateOne(vault, name, instance);
      await store.put(`${ANSWERS}${key.slice(REQUESTS.length)}:${instance}`, JSON.stringify(answer), TTL_MS);
    }
    if (seen.size > 10 * MOST) seen.clear();
  };
  const plan = (): void => {
    if (open)
      timer = setTimeout(
        () =>
          void look()
            .catch(() => undefined)
            .finally(plan),
        POLL_MS,
      ).unref();
  };
  plan();
  return () => {
    open = false;
    clearTimeout(timer);
  };
}

async function rotateOne(vault: SecretVault, name: string, instance: string): Promise<RotationAnswer> {
  if (!vault.names.includes(name)) return { instance, outcome: 'unknown', problems: [] };
  const changed = await vault.rotate(name);
  const problems = vault.report().find((report) => report.name === name)?.problems ?? [];
  return { instance, outcome: changed ? 'changed' : 'unchanged', problems };
}
