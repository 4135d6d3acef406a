import type { Exchange } from '../pipeline/context.ts';
import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import type { AuditEvent, Recorder } from '../record/event.ts';
import type { Approval } from './approval.ts';

/** What becomes of a request for approval. */
export type ApprovalEvent = 'asked' | 'granted' | 'denied' | 'used' | 'expired';

/** Records what became of a request in the call that it belongs to: durable, or a denial. */
export function recordCall(
  recorder: Recorder,
  exchange: Exchange,
  after: ApprovalEvent,
  detail: string,
): Promise<Decision> {
  const { principal, target, argsDigest, transport, era } = exchange;
  return append(recorder, {
    time: Date.now(),
    kind: 'approval',
    request: exchange.id,
    host: 'server',
    transport,
    era,
    ...(target === undefined ? {} : { target: target.name, definition: target.digest }),
    ...(principal === undefined ? {} : { principal: principal.id, client: principal.client }),
    ...(principal?.tenant === undefined ? {} : { tenant: principal.tenant }),
    ...(argsDigest === undefined ? {} : { args: argsDigest }),
    after,
    detail,
  });
}

/** Records a decision on the page: durable, or a denial. `request` is the approval's id. */
export function recordDecision(
  recorder: Recorder,
  { id, target, party, argsDigest, state }: Approval,
  after: ApprovalEvent,
  detail: string,
): Promise<Decision> {
  return append(recorder, {
    time: Date.now(),
    kind: 'approval',
    request: id,
    host: 'server',
    target: target.name,
    definition: target.definition,
    principal: party.id,
    client: party.client,
    ...(party.tenant === undefined ? {} : { tenant: party.tenant }),
    args: argsDigest,
    before: state,
    after,
    detail,
  });
}

/** Appends one event: what cannot be recorded is refused. */
export async function append(recorder: Recorder, event: AuditEvent): Promise<Decision> {
  try {
    await recorder.append(event);
    return PASS;
  } catch (error) {
    return deny('RECORD_FAILED', { detail: error instanceof Error ? error.message : 'unknown' });
  }
}
