/**
 * Bytes that are kept, without what they were read in. A few of them would else keep all that came beside them, which no
 * limit counts: comments of a stream, and extensions of chunks (RFC 9112 section 7.1.1).
 */
export function ownedBytes(bytes: Buffer): Buffer {
  if (bytes.length * 2 >= bytes.buffer.byteLength) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
