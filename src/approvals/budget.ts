import { hash } from 'node:crypto';
import type { Exchange } from '../pipeline/context.ts';
import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import type { Limits } from '../pipeline/limits.ts';
import type { Store } from '../stores/store.ts';

/** Keeps a person from being worn down by requests. */
export interface Budget {
  /** Whether one more request may be put. It counts. */
  ask(exchange: Exchange): Promise<Decision>;
  /** A request was declined or dismissed. */
  declined(exchange: Exchange): Promise<void>;
}

/** A budget that never ends. */
export const NO_BUDGET: Budget = Object.freeze({
  ask: () => Promise.resolve(PASS),
  declined: () => Promise.resolve(),
});

const HOUR_MINUTES = 60;
/** A caller may name its tasks as it likes: all of them together are bounded as well. */
const TASKS = 6;

/**
 * Bounds requests an hour for each principal, tool and task, and for each principal; after some declined ones, the same
 * principal, client and tool is not asked for at all until a while has passed.
 */
export function createBudget(store: Store, limits: Limits): Budget {
  const { approvalPrompts, approvalDeclines, approvalCooldownMs } = limits;
  return {
    async ask(exchange) {
      const { principal, target, task } = exchange;
      if ((await store.get(sourceKey('approval-blocked', exchange))) !== undefined)
        return refuse(approvalCooldownMs, 'too many requests were declined');
      const own = keyOf('approval-prompts', [principal?.id, target?.kind, target?.name, task]);
      const verdict = await store.rate(own, approvalPrompts / HOUR_MINUTES, approvalPrompts);
      if (verdict.waitMs > 0) return refuse(verdict.waitMs, 'too many requests for this tool');
      const most = approvalPrompts * TASKS;
      const all = await store.rate(keyOf('approval-prompts', [principal?.id]), most / HOUR_MINUTES, most);
      return all.waitMs > 0 ? refuse(all.waitMs, 'too many requests of this principal') : PASS;
    },
    async declined(exchange) {
      const count = await store.increment(sourceKey('approval-declines', exchange), 1, approvalCooldownMs);
      if (count >= approvalDeclines) await store.put(sourceKey('approval-blocked', exchange), '1', approvalCooldownMs);
    },
  };
}

function sourceKey(kind: string, { principal, target }: Exchange): string {
  return keyOf(kind, [principal?.id, principal?.client, target?.kind, target?.name]);
}

function keyOf(kind: string, parts: readonly (string | undefined)[]): string {
  return `${kind}:${hash('sha256', JSON.stringify(parts), 'base64url')}`;
}

function refuse(waitMs: number, detail: string): Decision {
  return deny('RATE_LIMITED', { retryAfter: Math.ceil(waitMs / 1000), detail: `approval: ${detail}` });
}
