import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { signEnvelope } from '../manifest/dsse.ts';
import type { ManifestOptions } from '../manifest/apply.ts';
import { describeServer, sealManifest } from '../manifest/manifest.ts';
import { DEFAULT_LIMITS } from '../pipeline/limits.ts';
import { compileServer } from '../server/catalog.ts';
import { server, type ServerOptions } from '../server/server.ts';

const build = generateKeyPairSync('ed25519');
const approver = generateKeyPairSync('ed25519');
const UNTIL = '2999-12-31';

/**
 * A manifest of a server as it was approved, with who is trusted.
 * @param signers Who signed it; both who must when absent.
 * @param code Digests of its modules.
 */
export function manifestOf(
  approved: ServerOptions,
  signers: readonly ('build' | 'approve')[] = ['build', 'approve'],
  code: Readonly<Record<string, string>> = {},
): ManifestOptions {
  const { catalog, needs } = compileServer(server(approved), DEFAULT_LIMITS);
  const keys = { build, approve: approver };
  const unsigned = sealManifest(describeServer({ catalog, needs, code }));
  return {
    envelope: signers.reduce((envelope, signer) => signEnvelope(envelope, keys[signer].privateKey), unsigned),
    trust: {
      build: [{ key: pem(build.publicKey), owner: 'ci', until: UNTIL }],
      approve: [{ key: pem(approver.publicKey), owner: 'reviewer', until: UNTIL }],
    },
  };
}

function pem(key: KeyObject): string {
  return key.export({ format: 'pem', type: 'spki' }).toString();
}
