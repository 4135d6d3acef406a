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
    const finish = (result: Buffer | BodyProblem) => {
      request.off('data', onData);
      request.off('end', onEnd);
      request.off('close', onClose);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > most) return finish('BODY_TOO_LARGE');
      if (first === undefined) first = chunk;
      else (rest ??= [first]).push(chunk);
      return undefined;
    };
    const onEnd = () => finish(rest === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(rest, size));
    const onClose = () => finish('CANCELLED');
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onClose);
  });
}
