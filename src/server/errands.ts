import type { CapabilityHandle } from '../capabilities/capability.ts';
import type { Errand } from '../capabilities/lent.ts';
import type { Target } from '../pipeline/catalog.ts';
import type { Exchange } from '../pipeline/context.ts';
import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Asker, Gate } from './gate.ts';

type Grants = ReadonlyMap<Target, readonly (readonly [string, CapabilityHandle<unknown>])[]>;

/** The key of the question; handlers cannot use it. */
const QUESTION = 'errand';

/**
 * Sends a person to a page where a capability of the tool needs that, such as a login elsewhere: by URL elicitation where
 * the client has it (MCP 2026-07-28 client/elicitation#url-mode-elicitation-requests), else by a refusal that names the
 * address. What the client answers decides nothing; only what was done on the page does. Absent where no tool needs it.
 */
export function createErrands(grants: Grants, limits: Limits): Gate | undefined {
  const handles = new Map<Target, readonly CapabilityHandle<unknown>[]>();
  for (const [target, granted] of grants) {
    const each = granted
      .map(([, handle]) => handle)
      .filter((handle) => 'errand' in handle && handle.errand !== undefined);
    if (each.length > 0) handles.set(target, each);
  }
  if (handles.size === 0) return undefined;
  return async function errands(exchange: Exchange, asker: Asker): Promise<Decision> {
    const { target, principal } = exchange;
    const needed = target === undefined ? undefined : handles.get(target);
    if (needed === undefined || principal === undefined) return PASS;
    for (const handle of needed) {
      const errand = await handle.errand?.(principal);
      const decision = errand === undefined ? PASS : await send(exchange, asker, limits, errand);
      if (!decision.pass) return decision;
    }
    // INVARIANT: a person may take minutes; a caller whose token has lapsed by now does not get it done.
    return principal.expiresAt > Date.now() ? PASS : deny('TOKEN_EXPIRED');
  };
}

async function send(exchange: Exchange, asker: Asker, limits: Limits, errand: Errand): Promise<Decision> {
  const { id, message, url } = errand;
  if (!asker.mayAskHost('url')) return comeAgain(errand);
  const isModern = exchange.era === 'modern';
  const ask = () => asker.askHost(QUESTION, { kind: 'url', message, url, id });
  const action = actionOf(isModern ? await ask() : await asker.patient(() => ask().catch(() => undefined)));
  if (action !== 'accept') return deny('LOGIN_REQUIRED', { detail: `errand ${id}: ${action} in the client` });
  const mostMs = isModern ? limits.approvalWaitMs : limits.approvalMs;
  const isDone = await asker.patient(() => errand.settled(mostMs, asker.signal));
  if (asker.signal.aborted) return deny('CANCELLED', { detail: 'the caller went away while the page was open' });
  if (isDone && !isModern) asker.tellHost('notifications/elicitation/complete', { elicitationId: id });
  if (isDone) return PASS;
  if (!isModern || (exchange.rounds?.round ?? 0) >= limits.rounds) return comeAgain(errand);
  exchange.rounds?.answers.delete(`portcullis/${QUESTION}`);
  await ask();
  return comeAgain(errand);
}

function comeAgain({ id, url }: Errand): Decision {
  return deny('LOGIN_REQUIRED', {
    hint: `Ask them to open ${url} and sign in there. Then make the same call again.`,
    detail: `errand ${id} is not done`,
  });
}

function actionOf(answer: unknown): string {
  return typeof answer === 'object' && answer !== null && 'action' in answer && typeof answer.action === 'string'
    ? answer.action
    : 'no answer';
}
