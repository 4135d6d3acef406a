import { readFile } from 'node:fs/promises';
import type { TLSSocket } from 'node:tls';
import type { TlsRules } from '../../capabilities/http/connect.ts';
import { configure, type CheckPeer } from '../../controls/pinned-peers/control.ts';
import type { SecretVault } from '../../secrets/secret.ts';
import type { UpstreamTls } from '../options.ts';

const PINNED = configure(new Set());

/**
 * Reads what a deployment says of TLS with an upstream.
 * @throws TypeError when a file or a secret of it is not there, or is no PEM.
 */
export async function openTls(
  id: string,
  options: UpstreamTls,
  secrets: SecretVault,
  checkPeer: CheckPeer = PINNED,
): Promise<TlsRules> {
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
    ...(pins === undefined ? {} : { refuse: (socket: TLSSocket) => checkPeer(keyOf(socket), pins) }),
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

/** The key that the peer has shown, as DER. */
function keyOf(socket: TLSSocket): Uint8Array | undefined {
  return socket.getPeerX509Certificate()?.publicKey.export({ type: 'spki', format: 'der' });
}
