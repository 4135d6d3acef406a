import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Why a peer is not the one that was pinned; `undefined` when it is.
 * @param spki Its key as DER (SubjectPublicKeyInfo); absent where it shows none.
 * @param pins SHA-256 of each key that it may show, in base64 (RFC 7469 section 2.4).
 */
export type CheckPeer = (spki: Uint8Array | undefined, pins: readonly string[]) => string | undefined;

/**
 * Takes a peer for the configured one by its key, whatever authority has certified another for the same name (ARC-04). It stands
 * after the check of the certificate, which it does not replace.
 */
export function configure(weakened: ReadonlySet<string>): CheckPeer {
  if (weakened.has('pinned-peers')) return () => undefined;
  return function checkPeer(spki: Uint8Array | undefined, pins: readonly string[]): string | undefined {
    if (spki === undefined) return 'it shows no certificate';
    const digest = createHash('sha256').update(spki).digest();
    const isPinned = pins.some((pin) => {
      const bytes = Buffer.from(pin, 'base64');
      return bytes.length === digest.length && timingSafeEqual(bytes, digest);
    });
    return isPinned ? undefined : `its key ${digest.toString('base64')} is none of those that are pinned`;
  };
}
