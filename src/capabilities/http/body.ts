import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { Readable } from 'node:stream';
import { HttpError } from './error.ts';
import { ownedBytes } from './owned.ts';

/** What a handler sends: one of both, or nothing. */
export interface Sent {
  readonly body?: string | Uint8Array;
  /** Serialised, and sent as `application/json`. */
  readonly json?: unknown;
}

/**
 * The bytes of a request.
 * @throws HttpError `too-large` or `refused`.
 */
export function writeBody({ body, json }: Sent, most: number): Buffer | undefined {
  if (body !== undefined && json !== undefined) throw new HttpError('refused', 'a request has "body" or "json"');
  if (body === undefined && json === undefined) return undefined;
  const text: unknown = json === undefined ? body : JSON.stringify(json);
  if (typeof text !== 'string' && !(text instanceof Uint8Array))
    throw new HttpError('refused', 'a body is a string, bytes, or JSON');
  if (text.length > most) throw new HttpError('too-large', `the request has more than ${most} bytes`);
  const bytes = typeof text === 'string' ? Buffer.from(text) : Buffer.from(text.buffer, text.byteOffset, text.length);
  if (bytes.length > most) throw new HttpError('too-large', `the request has more than ${most} bytes`);
  return bytes;
}

/**
 * Reads an answer, and stops reading at the limit.
 * @throws HttpError `too-large`.
 */
export async function readBody(body: Readable, declared: string | undefined, most: number): Promise<Buffer> {
  const tooLarge = () => new HttpError('too-large', `the answer has more than ${most} bytes`);
  if (declared !== undefined && Number(declared) > most) {
    body.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > most) throw tooLarge();
    chunks.push(ownedBytes(chunk));
  }
  return Buffer.concat(chunks, size);
}

const INFLATE: ReadonlyMap<string, (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>> = new Map([
  ['gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)],
  ['br', promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress)],
]);

/**
 * Inflates an answer that came compressed though nobody asked for it, to no more than the limit.
 * @throws HttpError `encoding` or `too-large`.
 */
export async function decodeBody(bytes: Buffer, encoding: string | undefined, most: number): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity' || bytes.length === 0) return bytes;
  const open = INFLATE.get(name);
  if (open === undefined) throw new HttpError('encoding', `an answer in ${JSON.stringify(name.slice(0, 40))}`);
  try {
    return await open(bytes, { maxOutputLength: most });
  } catch (error) {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw large
      ? new HttpError('too-large', `the answer inflates to more than ${most} bytes`)
      : new HttpError('encoding', 'the answer does not inflate');
  }
}
