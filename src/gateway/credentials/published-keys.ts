import type { JWK } from 'jose';
import type { CredentialParts } from './parts.ts';
import { readSigningKey } from './signing-key.ts';

/** Where the public keys of an upstream's credential are served. */
export function keysPath(upstream: string): string {
  return `/gateway/${upstream}/jwks.json`;
}

/**
 * Publishes the public halves of a secret: of its present value, and of those before it while they overlap, so that what
 * was signed before a rotation is still verified. Nothing is published over stdio.
 */
export function publishKeys({ upstream, runtime, log }: CredentialParts, name: string): () => void {
  const { lent, secrets } = runtime;
  const secret = secrets.get(name);
  if (lent?.resource === undefined) return () => undefined;
  let keys: readonly JWK[] = [];
  let turn = 0;
  const load = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    const read = await Promise.all(secrets.accepted(secret).map((text) => readSigningKey(text)));
    if (mine === turn) keys = read.map(({ jwk }) => jwk);
  };
  const reload = (): void => {
    load().catch((error: unknown) => log(`its key: ${error instanceof TypeError ? error.message : 'unreadable'}`));
  };
  reload();
  lent.publish(keysPath(upstream), () => JSON.stringify({ keys }));
  return secrets.watch(name, reload);
}
