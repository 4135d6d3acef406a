import type { IncomingMessage } from 'node:http';

/** Why a body was not read. */
export type BodyProblem = 'BODY_TOO_LARGE' | 'CANCELLED';

/** Reads a body of at most `most` bytes, counting as it comes; a declared length over the limit is refused unread. */
export function readBody(request: IncomingMessage, most: number): Promise<Buffer | BodyProblem> {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) > most) return Promise.resolve('BODY_TOO_LARGE');
  return new Promise((resolve) => {
    let first: Buffer | undefined;
    let rest: Buffer[] | undefined;
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) {
        [first, rest] = [undefined, undefined];
        resolve('BODY_TOO_LARGE');
      } else if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
    });
    request.on('end', () => resolve(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, size)));
    request.on('close', () => resolve('CANCELLED'));
  });
}
