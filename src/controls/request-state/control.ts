import { randomBytes } from 'node:crypto';
import { isObject } from '../../protocol/json.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange, Rounds } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** What one round leaves for the next; it travels through the client. */
export interface RoundState {
  readonly round: number;
  readonly answers: Readonly<Record<string, unknown>>;
  readonly asked: Readonly<Record<string, string>>;
  /** What a capability left for the next round. */
  readonly carried?: string | undefined;
}

/** Seals the state of a round. */
export type SealRound = (exchange: Exchange, state: RoundState) => string;

/**
 * Opens the request state that a client echoes. It is encrypted and authenticated, bound to principal, client, method,
 * target, arguments and policy version, short-lived and good for one use (MCP 2026-07-28 basic/patterns/mrtr#server-requirements).
 */
export function configure(settings: Settings): { readonly decide: Decide; readonly seal: SealRound } {
  const { sealer, store, limits, policyVersion } = settings;
  const binding = (exchange: Exchange) => [...bindingOf(exchange), policyVersion()];
  if (!isOn(settings, 'request-state')) return { decide: decideOpen, seal: sealOpen };
  return {
    seal(exchange: Exchange, state: RoundState): string {
      const expires = Date.now() + limits.requestStateMs;
      const nonce = randomBytes(16).toString('base64url');
      return sealer.seal('request-state', binding(exchange), JSON.stringify({ ...state, expires, nonce }));
    },
    decide(exchange: Exchange): MaybePromise<Decision> {
      const sealed = stateOf(exchange);
      if (sealed === undefined) return PASS;
      const text = typeof sealed === 'string' ? sealer.open('request-state', binding(exchange), sealed) : undefined;
      const payload: unknown = text === undefined ? undefined : JSON.parse(text);
      if (!isObject(payload)) return deny('STATE_INVALID', { detail: 'the seal does not open for this request' });
      const { expires, nonce } = payload;
      if (typeof expires !== 'number' || typeof nonce !== 'string')
        return deny('STATE_INVALID', { detail: 'incomplete' });
      if (expires <= Date.now()) return deny('STATE_INVALID', { detail: 'expired' });
      exchange.rounds = readRounds(exchange, payload);
      if (exchange.rounds.round > limits.rounds) return deny('STATE_INVALID', { detail: 'too many rounds' });
      const first = store.add(`nonce:${nonce}`, '1', limits.requestStateMs);
      return first instanceof Promise ? first.then(judgeNonce) : judgeNonce(first);
    },
  };
}

function judgeNonce(first: boolean): Decision {
  return first ? PASS : deny('STATE_INVALID', { detail: 'used before' });
}

function stateOf({ message, era }: Exchange): unknown {
  return message?.kind === 'request' && era === 'modern' ? message.params['requestState'] : undefined;
}

function bindingOf({ principal, message, target, argsDigest, task }: Exchange): readonly string[] {
  const method = message?.kind === 'request' ? message.method : '';
  return [
    principal?.id ?? '',
    principal?.client ?? '',
    method,
    target?.name ?? '',
    target?.digest ?? '',
    argsDigest ?? '',
    task ?? '',
  ];
}

/** Only questions that were asked have answers; anything else in `inputResponses` is ignored. */
function readRounds({ message }: Exchange, payload: { readonly [key: string]: unknown }): Rounds {
  const sealedAnswers = isObject(payload['answers']) ? payload['answers'] : {};
  const sealedAsked = isObject(payload['asked']) ? payload['asked'] : {};
  const asked = new Map(Object.entries(sealedAsked).map(([key, kind]) => [key, String(kind)] as const));
  const answers = new Map(Object.entries(sealedAnswers));
  const responses = message?.kind === 'request' ? message.params['inputResponses'] : undefined;
  if (isObject(responses)) {
    for (const [key, value] of Object.entries(responses)) if (asked.has(key)) answers.set(key, value);
  }
  const round = typeof payload['round'] === 'number' ? payload['round'] : 1;
  const { carried } = payload;
  return { round, answers, asked, carried: typeof carried === 'string' ? carried : undefined };
}

function sealOpen(_exchange: Exchange, state: RoundState): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

function decideOpen(exchange: Exchange): Decision {
  const sealed = stateOf(exchange);
  if (typeof sealed !== 'string') return PASS;
  try {
    const payload: unknown = JSON.parse(Buffer.from(sealed, 'base64url').toString('utf8'));
    exchange.rounds = readRounds(exchange, isObject(payload) ? payload : {});
    return PASS;
  } catch {
    return deny('STATE_INVALID');
  }
}
