import { createHash, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import type { TlsRules } from '../../capabilities/http/connect.ts';
import type { SecretVault } from '../../secrets/secret.ts';
import type { UpstreamTls } from '../options.ts';

/**
 * Reads what a deployment says of TLS with an upstream.
 * @throws TypeError when a file or a secret of it is not there, or is no PEM.
 */
export async function openTls(id: string, options: UpstreamTls, secrets: SecretVault): Promise<TlsRules> {
  const { ca, certificate, key, pins } = options;
  const where = `upstreams.${id}.tls`;
  const pem = (name: string, text: string): string => {
    if (text.includes('-----BEGIN ')) return text;
    throw new TypeError(`${where}.${name}: it is no PEM text.`);
  };
  const fromSecret = async (name: 'certificate' | 'key', secret: string): Promise<string> =>
    pem(name, await secrets.reveal(secrets.get(secret)));
  return {
    ...(ca === undefined ? {} : { ca: pem('ca', await readAuthority(`${where}.ca`, ca)) }),
    ...(certificate === undefined ? {} : { cert: await fromSecret('certificate', certificate) }),
    ...(key === undefined ? {} : { key: await fromSecret('key', key) }),
    ...(pins === undefined ? {} : { refuse: (socket: TLSSocket) => refusePeer(socket, pins) }),
  };
}

async function readAuthority(where: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
    throw new TypeError(`${where}: ${file} cannot be read (${code}).`, { cause: error });
  }
}

/** Whether the key of the peer is one that was pinned (RFC 7469 section 2.4: SHA-256 of its SPKI). */
function refusePeer(socket: TLSSocket, pins: readonly string[]): string | undefined {
  const key = socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
  if (key === undefined) return 'it shows no certificate';
  const digest = createHash('sha256').update(key).digest();
  const isPinned = pins.some((pin) => {
    const bytes = Buffer.from(pin, 'base64');
    return bytes.length === digest.length && timingSafeEqual(bytes, digest);
  });
  return isPinned ? undefined : `its key ${digest.toString('base64')} is none of those that are pinned`;
}
