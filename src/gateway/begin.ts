import { LEGACY_VERSIONS, MODERN_VERSION, type Era } from '../protocol/versions.ts';
import { LinkError, type Link, type LinkCall } from './link.ts';
import { discover, type ModernOptions } from './modern.ts';
import type { EraChoice } from './options.ts';
import { beginSession, type Asks, type Session } from './session.ts';

/** A session, and the era that it is in. */
export interface Begun {
  readonly session: Session;
  readonly era: Era;
}

/** How it is found out which era an upstream is of. */
export interface Probe extends ModernOptions {
  /** What it may ask for over the whole session, as the legacy era wants to know; nothing when absent. */
  readonly asks?: Asks | undefined;
  /** How long the upstream may take to say that it is modern. */
  readonly timeoutMs: number;
  /** Whether one that says nothing at all is taken for a legacy one, as over standard streams. */
  readonly silenceIsLegacy: boolean;
}

const UNSUPPORTED_VERSION = -32022;
/** Errors that the modern era alone has (MCP 2026-07-28 basic/index#error-codes). */
const MODERN_ERRORS: ReadonlySet<unknown> = new Set([-32020, -32021, UNSUPPORTED_VERSION]);
/** What a server says that does not know the request; another status says nothing of its era. */
const UNKNOWING: ReadonlySet<number> = new Set([400, 404, 405, 406, 415, 422, 500, 501]);

/**
 * Begins to speak with an upstream, in the era that is wanted, or in the modern one where it has it.
 * @throws LinkError when it speaks no such era.
 */
export async function begin(link: Link, call: LinkCall, choice: EraChoice, probe: Probe): Promise<Begun> {
  if (choice !== 'legacy') {
    const timeoutMs = choice === 'auto' ? Math.min(call.timeoutMs, probe.timeoutMs) : call.timeoutMs;
    try {
      return { session: await discover(link, { ...call, timeoutMs }, probe), era: 'modern' };
    } catch (error) {
      if (choice === 'modern') throw notAnyMore(error, choice);
      if (!link.open || !meansLegacy(error, probe)) throw error;
    }
  }
  try {
    return { session: await beginSession(link, call, probe.asks), era: 'legacy' };
  } catch (error) {
    throw choice === 'legacy' ? notAnyMore(error, choice) : error;
  }
}

/** Of what is neither a modern answer nor a modern error, an upstream of the legacy era is the cause. */
function meansLegacy(error: unknown, { silenceIsLegacy }: Probe): boolean {
  if (!(error instanceof LinkError)) return false;
  if (error.reason === 'timeout') return silenceIsLegacy;
  if (error.reason === 'malformed') return true;
  const { error: told, status } = error.refusedWith;
  if (told?.['code'] === UNSUPPORTED_VERSION) return namesLegacyAlone(told['data']);
  if (told !== undefined) return !MODERN_ERRORS.has(told['code']);
  return error.reason === 'refused' && status !== undefined && UNKNOWING.has(status);
}

/** A server of both eras may be told to serve the legacy one alone. */
function namesLegacyAlone(data: unknown): boolean {
  const supported = typeof data === 'object' && data !== null && 'supported' in data ? data.supported : undefined;
  if (!Array.isArray(supported) || supported.includes(MODERN_VERSION)) return false;
  return supported.some((version) => LEGACY_VERSIONS.includes(String(version)));
}

function notAnyMore(error: unknown, era: Era): unknown {
  if (!(error instanceof LinkError) || error.reason !== 'refused') return error;
  const detail = `it does not speak the ${era} era, which is pinned or configured for it: ${error.detail}`;
  return new LinkError('refused', detail, error.refusedWith);
}
