import { ERRORS, PublicError, QuotaExceeded, StoreUnavailable, type ErrorCode } from '../../errors.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import { storeDenial } from '../../pipeline/run.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isRefusal } from '../declared-behaviour/control.ts';
import { describeError } from '../../text/describe-error.ts';
import { neutralise } from '../../text/neutralise.ts';

/** Turns what a handler threw into a denial, and a denial into what a caller may read. */
export interface SafeErrors {
  thrown(error: unknown): Denial;
  sentence(denial: Denial): string;
}

const MOST = 500;

/**
 * Tells a caller a code and one safe sentence. Stack, path, query, host and upstream text stay in the audit log; only
 * `PublicError` and schema hints, which are written to be read, go out.
 */
export function configure(settings: Settings): SafeErrors {
  const on = isOn(settings, 'safe-errors');
  return {
    thrown(error: unknown): Denial {
      if (isStoreUnavailable(error)) return storeDenial(error);
      if (isQuotaExceeded(error))
        return deny('QUOTA_EXCEEDED', { retryAfter: error.retryAfter, detail: error.resource });
      const hint = publicText(error);
      if (hint !== undefined) return deny('TOOL_FAILED', { hint, detail: 'PublicError' });
      const detail = describeError(error);
      const code = isRefusal(error) ? 'SANDBOX_FAILED' : 'TOOL_FAILED';
      return on ? deny(code, { detail }) : deny(code, { detail, hint: detail });
    },
    sentence(denial: Denial): string {
      const { sentence } = ERRORS[denial.code];
      if (denial.hint !== undefined) return `${sentence} ${denial.hint}`;
      return on || denial.detail === undefined ? sentence : `${sentence} ${denial.detail}`;
    },
  };
}

/** INVARIANT: whatever a handler threw, looking at it does not throw. */
function publicText(error: unknown): string | undefined {
  try {
    if (!(error instanceof PublicError)) return undefined;
    const { message }: { readonly message: unknown } = error;
    return neutralise(String(message)).slice(0, MOST);
  } catch {
    return undefined;
  }
}

function isQuotaExceeded(error: unknown): error is QuotaExceeded {
  try {
    return error instanceof QuotaExceeded;
  } catch {
    return false;
  }
}

function isStoreUnavailable(error: unknown): error is StoreUnavailable {
  try {
    return error instanceof StoreUnavailable;
  } catch {
    return false;
  }
}

/** The refusals that a `tools/call` answers as a tool result, so that the model can act on them. */
export const TOOL_RESULT_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'ARGUMENTS_INVALID',
  'OBJECT_FORBIDDEN',
  'DEADLINE_EXCEEDED',
  'OUTPUT_INVALID',
  'OUTPUT_TOO_LARGE',
  'TOOL_FAILED',
  'CHANNEL_CLOSED',
  'DEFINITION_HELD',
  'FLOW_REFUSED',
  'APPROVAL_REQUIRED',
  'APPROVAL_DENIED',
  'LOGIN_REQUIRED',
  'OUTPUT_WITHHELD',
  'INJECTION_SUSPECTED',
  'SANDBOX_FAILED',
  'UPSTREAM_FAILED',
  'CREDENTIAL_UNAVAILABLE',
]);
