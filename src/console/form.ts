import type { IncomingMessage } from 'node:http';

const MOST_BYTES = 8_192;
const PATIENCE_MS = 10_000;

/** Reads the fields of a form; `undefined` for anything else, and for one that is too long, too slow or ambiguous. */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') return undefined;
  const timer = setTimeout(() => request.destroy(), PATIENCE_MS);
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES) return undefined;
      chunks.push(chunk);
    }
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const names = [...form.keys()];
    return new Set(names).size === names.length ? form : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}
