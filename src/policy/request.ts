import type { CedarValueJson, EntityJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Target } from '../pipeline/catalog.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { PolicyRequest } from '../pipeline/settings.ts';
import type { PolicyAction } from './schema.ts';
import { toCedar, Unfit, type Mentions } from './shape.ts';

/** A request as the engine takes it. */
export interface BuiltRequest {
  readonly principal: { type: string; id: string };
  readonly action: { type: string; id: string };
  readonly resource: { type: string; id: string };
  readonly context: Record<string, CedarValueJson>;
  readonly entities: EntityJson[];
}

/** Builds the engine's request, or says why there is none. */
export function buildRequest(request: PolicyRequest, action: PolicyAction, mentions: Mentions): BuiltRequest | string {
  const { principal, target, method, transport, era, labels } = request;
  if (target === undefined) return 'no target';
  const now = new Date(request.at);
  const context: Record<string, CedarValueJson> = {
    labels: [...labels],
    method,
    transport,
    era,
    now: { __extn: { fn: 'datetime', arg: now.toISOString() } },
    hour: now.getUTCHours(),
    weekday: now.getUTCDay() === 0 ? 7 : now.getUTCDay(),
  };
  try {
    if (action.args !== undefined) context['args'] = toCedar(action.args, request.args ?? {}, request.sent, mentions);
  } catch (error) {
    if (error instanceof Unfit) return `the arguments cannot be told to the policies: ${error.message}`;
    throw error;
  }
  const who = { type: 'Principal', id: principal.id };
  return {
    principal: who,
    action: { type: 'Action', id: action.id },
    resource: { ...action.resource },
    context,
    entities: [
      { uid: who, attrs: principalAttributes(principal), parents: [] },
      { uid: { ...action.resource }, attrs: targetAttributes(target), parents: [] },
    ],
  };
}

function principalAttributes({ subject, issuer, client, scopes, tenant }: Principal): Record<string, CedarValueJson> {
  return { subject, issuer, client, scopes: [...scopes], ...(tenant === undefined ? {} : { tenant }) };
}

function targetAttributes(target: Target): Record<string, CedarValueJson> {
  const { name, scopes, flow } = target;
  const effect = target.kind === 'tool' ? target.effect : 'read';
  return { name, effect, scopes: [...scopes], gives: [...flow.gives], sends: [...flow.sends] };
}
