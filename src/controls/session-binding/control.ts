import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../protocol/json.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Decide } from '../../pipeline/control.ts';
import { PASS, deny, type Decision, type Denial } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import type { Session } from '../../pipeline/session.ts';
import { Watched } from '../../pipeline/watched.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** What `initialize` agreed on. */
export interface Agreement {
  readonly version: string;
  readonly clientCapabilities: JsonObject;
}

/** Why a session ended. */
export type SessionEnd = 'deleted' | 'expired' | 'revoked' | 'closed' | 'refused';

/** The sessions of this process; they hold live streams, so they cannot be anywhere else. */
export interface Sessions {
  /** Puts the request into its session, or refuses it. */
  readonly decide: Decide;
  /** Opens a session for an authorized `initialize`; `ended` is called once, however it ends. */
  open(exchange: Exchange, agreement: Agreement, ended: (session: Session) => void): Session | Denial;
  /** Keeps a session from going idle until the returned function is called; its greatest age still holds. */
  hold(session: Session): () => void;
  end(session: Session, reason: SessionEnd): void;
  /** Ends the sessions of the principals that match. */
  endFor(test: (principal: Principal) => boolean): void;
  close(): void;
}

interface Held {
  readonly session: Session;
  readonly openedAt: number;
  readonly ended: (session: Session) => void;
  usedAt: number;
  holds: number;
}

const ID_BYTES = 32;
const SWEEP_MS = 60_000;

/**
 * Finds a legacy session only under the principal and client that opened it. The id is unguessable, expires, and is no
 * credential: without a valid token of the same principal it is as good as none, and an unknown, a foreign and an
 * expired id are answered alike (MCP 2025-11-25 basic/security_best_practices#session-hijacking). With the control off,
 * whoever presents an id is served as the one who opened the session.
 */
export function configure(settings: Settings, now: () => number = Date.now): Sessions {
  const table = new Table(settings, now);
  const bound = isOn(settings, 'session-binding');
  return {
    decide(exchange: Exchange): Decision {
      const { http, message, principal } = exchange;
      if (http === undefined || principal === undefined) return deny('TOKEN_MISSING', { detail: 'no principal' });
      const id = http.headers['mcp-session-id'];
      if (message?.kind === 'request' && message.method === 'initialize') {
        return id === undefined ? PASS : deny('MESSAGE_INVALID', { detail: 'initialize inside of a session' });
      }
      if (typeof id !== 'string') return deny('SESSION_REQUIRED');
      const session = table.find(id);
      if (session === undefined) return deny('SESSION_UNKNOWN', { detail: 'unknown or expired' });
      if (bound && !isOwn(session, principal)) return deny('SESSION_UNKNOWN', { detail: 'of another principal' });
      if (!bound) exchange.principal = session.principal;
      table.use(id);
      enterSession(exchange, session);
      return PASS;
    },
    open: (exchange, agreement, ended) => table.open(exchange, agreement, ended),
    hold: (session) => table.hold(session),
    end: (session, reason) => table.end(session.id, reason),
    endFor: (test) => table.endWhere(({ session }) => test(session.principal), 'revoked'),
    close: () => table.endWhere(() => true, 'closed'),
  };
}

/** Gives the exchange what was agreed on in its session. */
export function enterSession(exchange: Exchange, session: Session): void {
  exchange.session = session;
  exchange.version = session.version;
  exchange.clientCapabilities = session.clientCapabilities;
  exchange.logLevel = session.logLevel;
}

function isOwn({ principal }: Session, { id, client }: Principal): boolean {
  return principal.id === id && principal.client === client;
}

class Table {
  readonly #settings: Settings;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #open = new Map<string, number>();
  #sweep: NodeJS.Timeout | undefined;

  constructor(settings: Settings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  find(id: string): Session | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    if (!this.#isOver(held)) return held.session;
    this.end(id, 'expired');
    return undefined;
  }

  use(id: string): void {
    const held = this.#held.get(id);
    if (held !== undefined) held.usedAt = this.#now();
  }

  open({ principal }: Exchange, agreement: Agreement, ended: (session: Session) => void): Session | Denial {
    if (principal === undefined) return deny('TOKEN_MISSING', { detail: 'no principal' });
    const { sessionsPerPrincipal } = this.#settings.limits;
    if (this.#count(principal) >= sessionsPerPrincipal) this.#expire();
    const count = this.#count(principal);
    if (count >= sessionsPerPrincipal) return deny('SESSION_LIMIT', { retryAfter: 60 });
    const session: Session = {
      id: randomBytes(ID_BYTES).toString('base64url'),
      principal,
      ...agreement,
      logLevel: undefined,
      watched: new Watched(),
    };
    const at = this.#now();
    this.#held.set(session.id, { session, openedAt: at, usedAt: at, holds: 0, ended });
    this.#open.set(principal.id, count + 1);
    this.#sweep ??= this.#startSweep();
    this.#record(session, 'open');
    return session;
  }

  hold({ id }: Session): () => void {
    const held = this.#held.get(id);
    if (held === undefined) return () => undefined;
    held.holds += 1;
    return () => {
      held.holds -= 1;
      held.usedAt = this.#now();
    };
  }

  end(id: string, reason: SessionEnd): void {
    const held = this.#held.get(id);
    if (held === undefined) return;
    const { session } = held;
    this.#held.delete(id);
    const left = this.#count(session.principal) - 1;
    if (left > 0) this.#open.set(session.principal.id, left);
    else this.#open.delete(session.principal.id);
    if (this.#held.size === 0) {
      clearInterval(this.#sweep);
      this.#sweep = undefined;
    }
    this.#record(session, reason);
    held.ended(session);
  }

  endWhere(test: (held: Held) => boolean, reason: SessionEnd): void {
    for (const held of this.#held.values()) if (test(held)) this.end(held.session.id, reason);
  }

  #count({ id }: Principal): number {
    return this.#open.get(id) ?? 0;
  }

  #isOver({ openedAt, usedAt, holds }: Held): boolean {
    const { sessionMs, sessionIdleMs } = this.#settings.limits;
    const at = this.#now();
    return at - openedAt >= sessionMs || (holds === 0 && at - usedAt >= sessionIdleMs);
  }

  #expire(): void {
    this.endWhere((held) => this.#isOver(held), 'expired');
  }

  /** An expired session that nobody asks for again still has to let go of its streams. */
  #startSweep(): NodeJS.Timeout {
    const { sessionMs, sessionIdleMs } = this.#settings.limits;
    const every = Math.max(50, Math.min(SWEEP_MS, sessionMs, sessionIdleMs));
    return setInterval(() => this.#expire(), every).unref();
  }

  /** INVARIANT: the log has a keyed digest of the id; the id itself would let a reader of the log present it. */
  #record({ id, principal }: Session, state: SessionEnd | 'open'): void {
    const { recorder, digest } = this.#settings;
    if (!isOn(this.#settings, 'audit-record')) return;
    recorder.note({
      time: Date.now(),
      kind: 'session',
      request: '-',
      host: 'server',
      transport: 'http',
      era: 'legacy',
      target: digest(id),
      principal: principal.id,
      client: principal.client,
      ...(principal.tenant === undefined ? {} : { tenant: principal.tenant }),
      after: state,
    });
  }
}
