/** What is sent to an upstream to say who asks. */
export interface Credential {
  readonly kind: string;
  /** Headers of one request for one principal. @throws LinkError or Refusal when there is none. */
  headers(principal: string, signal?: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /**
   * The upstream answered 401 with this challenge (the raw WWW-Authenticate), or 403; whether the request may be sent once more
   * with fresh headers. Only a 401, which had no effect, is ever sent again, once.
   */
  refused(principal: string, status: 401 | 403, challenge: string | undefined): Promise<boolean>;
}
