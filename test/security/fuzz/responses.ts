import type { Answer } from './verdict.ts';

/** Splits the bytes of one connection into answers, in the order of its requests. */
export class Responses {
  #held: Buffer = Buffer.alloc(0);

  /** Takes bytes that arrived. */
  push(chunk: Buffer): void {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
  }

  /** The next whole answer to a request with this verb, or undefined while it is not whole. */
  next(verb: string): Answer | undefined {
    for (;;) {
      const end = this.#held.indexOf('\r\n\r\n');
      if (end === -1) return undefined;
      const [first = '', ...lines] = this.#held.toString('latin1', 0, end).split('\r\n');
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1]);
      if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${first.slice(0, 80)}`);
      const headers = new Map(lines.map((line) => splitHeader(line)));
      if (status === 100) {
        this.#held = this.#held.subarray(end + 4);
        continue;
      }
      const body = this.#body(end + 4, verb, status, headers);
      if (body === undefined) return undefined;
      this.#held = this.#held.subarray(body.end);
      return { status, headers, body: body.text };
    }
  }

  #body(
    at: number,
    verb: string,
    status: number,
    headers: ReadonlyMap<string, string>,
  ): { readonly text: string; readonly end: number } | undefined {
    if (verb === 'HEAD' || status === 204) return { text: '', end: at };
    if (headers.get('transfer-encoding') === 'chunked') return this.#chunks(at);
    const length = Number(headers.get('content-length') ?? 0);
    if (this.#held.length < at + length) return undefined;
    return { text: this.#held.toString('utf8', at, at + length), end: at + length };
  }

  #chunks(start: number): { readonly text: string; readonly end: number } | undefined {
    const parts: Buffer[] = [];
    for (let at = start; ; ) {
      const line = this.#held.indexOf('\r\n', at);
      if (line === -1) return undefined;
      const size = Number.parseInt(this.#held.toString('latin1', at, line), 16);
      if (Number.isNaN(size)) throw new Error('a chunk has no size');
      const end = line + 2 + size;
      if (this.#held.length < end + 2) return undefined;
      if (size === 0) return { text: Buffer.concat(parts).toString('utf8'), end: end + 2 };
      parts.push(this.#held.subarray(line + 2, end));
      at = end + 2;
    }
  }
}

function splitHeader(line: string): readonly [string, string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
