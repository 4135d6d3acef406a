import { createHash } from 'node:crypto';
import type { SecretVault } from '../../secrets/secret.ts';
import { LinkError } from '../link.ts';
import type { SecretCredentialOptions } from './options.ts';
import type { Credential } from './credential.ts';

const HEADER = /^[a-z0-9-]{1,64}$/;
/** Headers that say something else, so that a credential there would change the request. */
const TAKEN =
  /^(?:host|connection|content-.*|transfer-encoding|te|trailer|upgrade|expect|keep-alive|accept.*|cookie|last-event-id|mcp-.*|user-agent|x-forwarded-.*|forwarded|via)$/;
const READ_AGAIN_MS = 10_000;
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/**
 * A secret of the deployment, the same for every principal.
 * @throws TypeError on a header that cannot carry one, or a secret that the deployment does not have.
 */
export function secretCredential(id: string, options: SecretCredentialOptions, secrets: SecretVault): Credential {
  const header = (options.header ?? 'authorization').toLowerCase();
  if (!HEADER.test(header) || TAKEN.test(header))
    throw new TypeError(
      `upstreams.${id}.credential.header: ${JSON.stringify(options.header)} can carry no credential.`,
    );
  const scheme = options.scheme ?? (options.header === undefined ? 'Bearer' : undefined);
  if (scheme !== undefined && !/^[A-Za-z][A-Za-z0-9-]{0,31}$/.test(scheme))
    throw new TypeError(`upstreams.${id}.credential.scheme: write one word, such as "Bearer".`);
  const secret = secrets.get(options.secret);
  let readAt = Number.NEGATIVE_INFINITY;
  let sent: string | undefined;
  const refuse = (why: string): LinkError => new LinkError('refused', `the secret ${secret.name} ${why}`);
  return {
    kind: 'secret',
    async headers(): Promise<Readonly<Record<string, string>>> {
      let value: string;
      try {
        value = await secrets.reveal(secret);
      } catch {
        throw refuse('has no value that can be used');
      }
      if (!VALUE.test(value)) throw refuse('cannot stand in a header');
      sent = digestOf(value);
      return { [header]: scheme === undefined ? value : `${scheme} ${value}` };
    },
    async refused(_principal, status): Promise<boolean> {
      if (status !== 401) return false;
      const [now, refused] = [performance.now(), sent];
      // An upstream that always refuses must not have the secret read again and again.
      if (now - readAt >= READ_AGAIN_MS) {
        readAt = now;
        await secrets.rotate(secret.name).catch(() => false);
      }
      // It may have been rotated a moment ago: a value that has not been tried yet is tried once.
      return digestOf(await secrets.reveal(secret)) !== refused;
    },
  };
}

/** INVARIANT: a value is kept by the vault alone. */
function digestOf(value: string): string {
  return createHash('sha256').update(value).digest('base64');
}
