/** Why an outbound request did not succeed. */
export type HttpReason =
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'too-large'
  | 'redirects'
  | 'encoding'
  | 'credential'
  | 'limit'
  | 'closed';

const SENTENCES: Readonly<Record<HttpReason, string>> = {
  refused: 'The outbound request is not allowed.',
  unreachable: 'The host cannot be reached.',
  timeout: 'The host did not answer in time.',
  'too-large': 'The request or its answer is larger than its limit.',
  redirects: 'The host redirects too often.',
  encoding: 'The answer is encoded in a way that is not read.',
  credential: 'The credential of the host cannot be had.',
  limit: 'The call has made as many outbound requests as it may.',
  closed: 'The call has ended.',
};

/**
 * An outbound request that did not succeed. Its message is safe to show; neither the address, nor the URL, nor a
 * credential is in it. What was wrong is in the operator's log.
 */
export class HttpError extends Error {
  override readonly name = 'HttpError';
  readonly reason: HttpReason;
  /** For the operator's log: no part of the message. */
  readonly #detail: string;

  constructor(reason: HttpReason, detail: string = reason) {
    super(SENTENCES[reason]);
    this.reason = reason;
    this.#detail = detail;
  }

  /** What is told to the operator. */
  static detailOf(error: HttpError): string {
    return error.#detail;
  }
}
