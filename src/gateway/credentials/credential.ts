import type { CapabilityContext } from '../../capabilities/capability.ts';
import type { Errand } from '../../capabilities/lent.ts';
import type { Principal } from '../../pipeline/principal.ts';

/** What a gateway sends to an upstream, so that it is let in there. */
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

/** A credential that is in use. */
export interface OpenCredential extends Credential {
  /** What the person has to do on a page before this credential is there; absent where it never is anything. */
  readonly errand?: ((principal: Principal) => Promise<Errand | undefined>) | undefined;
  /**
   * Does the work of one call: what the credential is made of in the name of the caller is there while it runs. Absent
   * where nothing has to be made.
   * @throws Refusal when it cannot be had.
   */
  readonly during?: (<T>(context: CapabilityContext, work: () => Promise<T>) => Promise<T>) | undefined;
  close(): Promise<void>;
}
