import { randomBytes } from 'node:crypto';
import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import { QUESTION, askedBefore, markApproved, markAsked, type Asked, type Case, type Desk } from './desk.ts';
import { DECISION_FORM, promptText } from './prompt.ts';
import { recordCall } from './record.ts';

/** What came of a form. Everything but `approved` stops the call. */
type Outcome = 'approved' | 'declined' | 'dismissed' | 'unanswered';

/**
 * Asks in the client by a form (MCP 2026-07-28 client/elicitation). Of two identical calls at once one form counts: the
 * newest in the modern era, where each is an answer of its own; the first in the legacy era, where it is a live request.
 */
export async function askByForm(desk: Desk, work: Case): Promise<Decision> {
  const { exchange, draft } = work;
  const key = `approval-form:${draft.binding}`;
  const before = askedBefore(exchange, draft.binding);
  const asked = before ?? (await begin(desk, work, key));
  if ('pass' in asked) return asked;
  const outcome = await put(desk, work);
  const isLive = exchange.era === 'legacy';
  if (outcome !== 'approved') {
    if (isLive) await desk.store.delete(key);
    return stopped(desk, work, outcome);
  }
  if (Date.now() >= asked.at + desk.limits.approvalMs) return late(desk, work);
  // INVARIANT: one form, one use, in whichever instance its answer arrives.
  const took = await desk.store.compareAndSet(key, asked.nonce, 'used', desk.limits.approvalMs);
  if (isLive) await desk.store.delete(key);
  if (!took) return deny('APPROVAL_DENIED', { detail: 'the form was used, or put again since' });
  const recorded = await recordCall(desk.recorder, exchange, 'used', 'approved in the client by form');
  if (recorded.pass) markApproved(exchange, draft.binding);
  return recorded;
}

async function begin(desk: Desk, { exchange, draft }: Case, key: string): Promise<Asked | Decision> {
  const allowed = await desk.binding.budget.ask(exchange);
  if (!allowed.pass) return allowed;
  const asked: Asked = { nonce: randomBytes(16).toString('base64url'), at: Date.now() };
  if (exchange.era === 'modern') {
    await desk.store.put(key, asked.nonce, desk.limits.approvalMs);
    markAsked(exchange, draft.binding, asked);
  } else if (!(await desk.store.add(key, asked.nonce, desk.limits.approvalMs))) {
    return deny('APPROVAL_REQUIRED', { hint: 'The person is being asked for the same call already.' });
  }
  const recorded = await recordCall(desk.recorder, exchange, 'asked', `by form: ${draft.reasons.join(' ')}`);
  return recorded.pass ? asked : recorded;
}

/** Puts the form. In the modern era this ends the round unless the answer is there. */
async function put(desk: Desk, { exchange, asker, draft }: Case): Promise<Outcome> {
  const message = promptText(draft, desk.serverName, desk.limits.approvalMs);
  const ask = () => asker.askHost(QUESTION, { kind: 'form', message, schema: DECISION_FORM });
  if (exchange.era === 'modern') return outcomeOf(await ask());
  try {
    return outcomeOf(await asker.patient(() => within(ask(), desk.limits.approvalMs, asker.signal)));
  } catch {
    // An error, an answer to nothing and a client that went away are no approval.
    return 'unanswered';
  }
}

/** INVARIANT: only an accepted form that says yes in so many words is an approval. */
function outcomeOf(answer: unknown): Outcome {
  if (typeof answer !== 'object' || answer === null || !('action' in answer)) return 'unanswered';
  if (answer.action === 'cancel') return 'dismissed';
  if (answer.action !== 'accept' || !('content' in answer)) return 'declined';
  const { content } = answer;
  return typeof content === 'object' && content !== null && 'approve' in content && content.approve === true
    ? 'approved'
    : 'declined';
}

async function stopped(desk: Desk, { exchange }: Case, outcome: Outcome): Promise<Decision> {
  if (outcome !== 'unanswered') await desk.binding.budget.declined(exchange);
  const recorded = await recordCall(desk.recorder, exchange, 'denied', `${outcome} in the client`);
  return recorded.pass ? deny('APPROVAL_DENIED', { detail: `${outcome} in the client` }) : recorded;
}

async function late(desk: Desk, { exchange }: Case): Promise<Decision> {
  await recordCall(desk.recorder, exchange, 'expired', 'the answer to the form came too late');
  return deny('APPROVAL_DENIED', { hint: 'The answer came too late. Call again to be asked again.' });
}

function within<T>(answer: Promise<T>, mostMs: number, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const give = () => reject(new Error('no answer'));
    const timer = setTimeout(give, mostMs);
    signal.addEventListener('abort', give, { once: true });
    answer.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
    });
  });
}

/** A call that was let through without a person, because an approval of its kind stands (`approval-binding` is off). */
export async function standing(desk: Desk, { draft }: Case): Promise<boolean> {
  return !desk.binding.single && (await desk.store.get(`approval-stands:${draft.binding}`)) !== undefined;
}

/** Lets an approval stand for whatever comes later (`approval-binding` is off). */
export async function stand(desk: Desk, { draft }: Case): Promise<Decision> {
  if (!desk.binding.single) await desk.store.put(`approval-stands:${draft.binding}`, '1', 86_400_000);
  return PASS;
}
