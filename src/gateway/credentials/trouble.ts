import * as oauth from 'oauth4webapi';
import { HttpError } from '../../capabilities/http/error.ts';
import { deny } from '../../pipeline/decision.ts';
import { Refusal } from '../../server/refusal.ts';
import { neutralise } from '../../text/neutralise.ts';

/** Why a credential cannot be had. The text is for the operator's log and the audit log, and holds no token. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
}

/** The refusal of a call whose credential cannot be had. */
export function refusalOf(upstream: string, error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal(deny('CREDENTIAL_UNAVAILABLE', { detail: `upstream ${upstream}: ${whyOf(error)}` }));
}

/** What went wrong, without a word that could hold a token: of an authorization server's answer only its error code. */
export function whyOf(error: unknown): string {
  if (error instanceof Trouble) return neutralise(error.message);
  if (error instanceof HttpError) return `${error.reason}: ${neutralise(HttpError.detailOf(error))}`;
  if (error instanceof oauth.ResponseBodyError)
    return `the authorization server refused: ${errorCode(error.error)} (${error.status})`;
  if (error instanceof oauth.AuthorizationResponseError)
    return `the authorization server refused: ${errorCode(error.error)}`;
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return `the authorization server refused with ${error.status}`;
  if (error instanceof oauth.OperationProcessingError)
    return `the answer of the authorization server does not fit: ${error.code ?? 'unknown'}`;
  // INVARIANT: any other message could quote what was sent or received.
  return error instanceof Error ? error.name : 'unknown';
}

/** An error code of OAuth; whatever else stands in its place is not repeated. */
export function errorCode(text: string): string {
  return /^[a-z_]{1,64}$/.test(text) ? text : 'with a code that is none';
}
