import { randomBytes } from 'node:crypto';
import type { Store } from '../stores/store.ts';
import { isObject } from '../protocol/json.ts';
import type { SecretVault } from './secret.ts';

const [CHANNEL, ANSWERS] = ['secrets:rotate', 'secrets:rotated:'];
const [TTL_MS, MOST] = [120_000, 100];

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
  await store.publish(CHANNEL, `${id} ${name}`);
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

/** Does what is asked over the store until the returned function is called. */
export async function serveRotations(store: Store, vault: SecretVault, instance: string): Promise<() => void> {
  const answer = async (message: string): Promise<void> => {
    const [id = '', name = ''] = message.split(' ');
    if (!/^[A-Za-z0-9_-]{16}$/.test(id)) return;
    const done = await rotateOne(vault, name, instance);
    await store.put(`${ANSWERS}${id}:${instance}`, JSON.stringify(done), TTL_MS);
  };
  return store.subscribe(CHANNEL, (message) => {
    // A store that fails is told of by whoever needs it; whoever asked sees that there is no answer.
    answer(message).catch(() => undefined);
  });
}

async function rotateOne(vault: SecretVault, name: string, instance: string): Promise<RotationAnswer> {
  if (!vault.names.includes(name)) return { instance, outcome: 'unknown', problems: [] };
  const changed = await vault.rotate(name);
  const problems = vault.report().find((report) => report.name === name)?.problems ?? [];
  return { instance, outcome: changed ? 'changed' : 'unchanged', problems };
}
