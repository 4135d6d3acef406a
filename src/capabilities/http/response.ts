/** An answer as plain data: it can cross into a sandbox. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The URL that answered, after redirects, without its query. */
  readonly url: string;
  readonly body: Uint8Array;
}

/** The answer of a host, read whole. */
export interface HttpResponse {
  /** Any status from 200 to 599; look at it, an error status is an answer as well. */
  readonly status: number;
  /** Lower-case names; those of cookies and credentials are never among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly url: string;
  /** Whether the status is in 200 to 299. */
  readonly ok: boolean;
  bytes(): Uint8Array;
  /** The body in the character set that the answer names; UTF-8 when it names none that is known. */
  text(): string;
  /**
   * The body as JSON. It is whatever the host sent: parse it by a schema before you use it.
   * @throws SyntaxError when it is none.
   */
  json(): unknown;
}

const CHARSET = /;\s*charset="?([\w.:-]{1,40})/i;

/** Gives plain data the methods of an answer. */
export function createResponse(raw: RawAnswer): HttpResponse {
  const { status, headers, url, body } = raw;
  const text = () => decoderFor(headers['content-type']).decode(body);
  return Object.freeze({
    status,
    headers: Object.freeze(headers),
    url,
    ok: status >= 200 && status < 300,
    bytes: () => body,
    text,
    json: (): unknown => JSON.parse(text()),
  });
}

function decoderFor(contentType: string | undefined): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(CHARSET.exec(contentType ?? '')?.[1] ?? 'utf-8');
  } catch {
    return new TextDecoder();
  }
}
