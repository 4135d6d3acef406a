import { isObject, type JsonObject } from '../protocol/json.ts';
import type { Approval, ApprovalState, Arguments, DecidedBy, Party } from './approval.ts';

const STATES: readonly ApprovalState[] = ['pending', 'approved', 'denied', 'used'];
const KINDS: readonly Approval['target']['kind'][] = ['tool', 'resource', 'prompt'];
const EFFECTS: readonly Approval['target']['effect'][] = ['read', 'write', 'destructive', 'critical'];

/** Reads what a seal held; `undefined` for anything that is not wholly an approval. */
export function readApproval(text: string): Approval | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !isObject(value['target'])) return undefined;
  const { id, binding, argsDigest, policy, task, created, expires, critical } = value;
  const { name, title, definition } = value['target'];
  const state = STATES.find((known) => known === value['state']);
  const kind = KINDS.find((known) => known === (value['target'] as JsonObject)['kind']);
  const effect = EFFECTS.find((known) => known === (value['target'] as JsonObject)['effect']);
  const party = readParty(value['party']);
  const shown = readArguments(value['arguments']);
  const reasons = readTexts(value['reasons']);
  const decided = value['decided'] === undefined ? undefined : readDecided(value['decided']);
  if (typeof id !== 'string' || typeof binding !== 'string' || typeof argsDigest !== 'string') return undefined;
  if (typeof policy !== 'string' || typeof created !== 'number' || typeof expires !== 'number') return undefined;
  if (typeof name !== 'string' || typeof definition !== 'string' || typeof critical !== 'boolean') return undefined;
  if (state === undefined || kind === undefined || effect === undefined) return undefined;
  if (party === undefined || shown === undefined || reasons === undefined) return undefined;
  if (value['decided'] !== undefined && decided === undefined) return undefined;
  return {
    id,
    state,
    binding,
    party,
    target: { kind, name, effect, definition, ...(typeof title === 'string' ? { title } : {}) },
    arguments: shown,
    argsDigest,
    reasons,
    critical,
    policy,
    ...(typeof task === 'string' ? { task } : {}),
    created,
    expires,
    ...(decided === undefined ? {} : { decided }),
  };
}

/** Reads whose call it is. */
function readParty(value: unknown): Party | undefined {
  if (!isObject(value)) return undefined;
  const { id, issuer, subject, tenant, client } = value;
  if (typeof id !== 'string' || typeof issuer !== 'string' || typeof subject !== 'string') return undefined;
  if (typeof client !== 'string') return undefined;
  return { id, issuer, subject, client, ...(typeof tenant === 'string' ? { tenant } : {}) };
}

/** Reads who decided. */
export function readDecided(value: unknown): DecidedBy | undefined {
  if (!isObject(value)) return undefined;
  const { id, subject, at, reason } = value;
  return typeof id === 'string' && typeof subject === 'string' && typeof at === 'number' && typeof reason === 'string'
    ? { id, subject, at, reason }
    : undefined;
}

/** Reads a list of texts. */
export function readTexts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

function readArguments(value: unknown): Arguments | undefined {
  if (!isObject(value) || typeof value['sent'] !== 'string') return undefined;
  return { sent: value['sent'], ...(typeof value['read'] === 'string' ? { read: value['read'] } : {}) };
}
