import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import type { Draft, Held } from './book.ts';
import { QUESTION, forgetAnswer, markApproved, type Case, type Desk } from './desk.ts';
import { pageText, spanOf } from './prompt.ts';
import { recordCall } from './record.ts';
import { fitsForm } from './show.ts';

/**
 * Asks out of band, on the approval page: by URL elicitation where the client has it, else by a refusal that names the
 * address, after which the client calls again. An answer of the client's is never a decision; only the page's record is.
 */
export async function askByPage(desk: Desk, work: Case): Promise<Decision> {
  const { exchange, asker, draft } = work;
  const { page } = desk;
  if (page === undefined) return withoutPage(draft);
  const present = await desk.book.findBound(draft.binding);
  const held = present ?? (await open(desk, work));
  if ('pass' in held) return held;
  const decided = await settle(desk, work, held);
  if (decided !== undefined) return decided;
  const { id } = held.approval;
  const url = addressOf(page, id);
  if (!asker.mayAskHost('url')) return comeAgain(desk, held);
  const message = pageText(draft, desk.serverName);
  const ask = () => asker.askHost(QUESTION, { kind: 'url', message, url, id });
  const action = actionOf(exchange.era === 'modern' ? await ask() : await live(() => asker.patient(ask)));
  if (action !== 'accept') return refused(desk, work, held, action);
  return waitFor(desk, work, held, ask);
}

/** The client has the page opened: waits for what is decided there, for a while. */
async function waitFor(desk: Desk, work: Case, held: Held, ask: () => Promise<unknown>): Promise<Decision> {
  const { exchange, asker } = work;
  const { id } = held.approval;
  const isModern = exchange.era === 'modern';
  const mostMs = isModern ? desk.limits.approvalWaitMs : desk.limits.approvalMs;
  const after = await asker.patient(() => desk.book.settled(id, mostMs, asker.signal));
  if (asker.signal.aborted) return deny('CANCELLED', { detail: 'the caller went away while the page was open' });
  if (after !== undefined && after.approval.state !== 'pending' && !isModern)
    asker.tellHost('notifications/elicitation/complete', { elicitationId: id });
  const decided = after === undefined ? undefined : await settle(desk, work, after);
  if (decided !== undefined) return decided;
  const isLast = (exchange.rounds?.round ?? 0) >= desk.limits.rounds;
  if (!isModern || isLast || after === undefined || after.approval.expires <= Date.now()) {
    await recordCall(desk.recorder, exchange, 'expired', `approval ${id}: nobody decided in time`);
    return comeAgain(desk, held);
  }
  forgetAnswer(exchange);
  await ask();
  return deny('APPROVAL_REQUIRED', { detail: 'still not decided' });
}

async function open(desk: Desk, { exchange, draft }: Case): Promise<Held | Decision> {
  const allowed = await desk.binding.budget.ask(exchange);
  if (!allowed.pass) return allowed;
  const { held, isNew } = await desk.book.open(draft);
  if (!isNew) return held;
  const detail = `approval ${held.approval.id} on the page: ${draft.reasons.join(' ')}`;
  const recorded = await recordCall(desk.recorder, exchange, 'asked', detail);
  return recorded.pass ? held : recorded;
}

/** What a decision means for the call; `undefined` while there is none. */
async function settle(desk: Desk, { exchange, draft }: Case, held: Held): Promise<Decision | undefined> {
  const { approval } = held;
  if (approval.state === 'pending') return undefined;
  if (approval.state === 'denied')
    return deny('APPROVAL_DENIED', { detail: `approval ${approval.id} was denied on the page` });
  // INVARIANT: one approval, one effect, in whichever instance the call arrives.
  const took = approval.binding === draft.binding && (!desk.binding.single || (await desk.book.take(held)));
  if (!took) return deny('APPROVAL_DENIED', { detail: `approval ${approval.id} was used before, or has lapsed` });
  const recorded = await recordCall(desk.recorder, exchange, 'used', `approval ${approval.id}`);
  if (recorded.pass) markApproved(exchange, draft.binding);
  return recorded.pass ? PASS : recorded;
}

/** The person would not open the page. A dismissed question leaves the request open for the page; a declined one ends it. */
async function refused(desk: Desk, { exchange }: Case, held: Held, action: string): Promise<Decision> {
  const { id } = held.approval;
  if (action === 'decline' || action === 'cancel') await desk.binding.budget.declined(exchange);
  if (action === 'decline') {
    const { principal } = exchange;
    await desk.book.decide(held, 'denied', {
      id: principal?.id ?? '',
      subject: principal?.subject ?? '',
      at: Date.now(),
      reason: 'declined in the client',
    });
  }
  const recorded = await recordCall(desk.recorder, exchange, 'denied', `approval ${id}: ${action} in the client`);
  return recorded.pass ? deny('APPROVAL_DENIED', { detail: `approval ${id}: ${action} in the client` }) : recorded;
}

function comeAgain({ page, limits }: Desk, { approval }: Held): Decision {
  const left = spanOf(Math.max(0, approval.expires - Date.now()) || limits.approvalMs);
  return deny('APPROVAL_REQUIRED', {
    hint: `Ask them to open ${addressOf(page ?? '', approval.id)} and decide there within ${left}. Then make the same call again. Approval ${approval.id}.`,
    detail: `approval ${approval.id} is not decided`,
  });
}

function withoutPage({ critical, arguments: args }: Draft): Decision {
  const hint =
    critical || !fitsForm(args)
      ? 'It has to be decided on an approval page, and this server has none. Its operator can configure one ("approvals").'
      : 'This client cannot ask them, and this server has no approval page. Its operator can configure one ("approvals").';
  return deny('APPROVAL_REQUIRED', { hint, detail: 'no approval page' });
}

/** The page's address for one request. */
function addressOf(page: string, id: string): string {
  return `${page}?id=${id}`;
}

async function live(ask: () => Promise<unknown>): Promise<unknown> {
  try {
    return await ask();
  } catch {
    // An error of the client's is no answer.
    return undefined;
  }
}

function actionOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'action' in answer && typeof answer.action === 'string'
    ? answer.action
    : 'no answer';
}
