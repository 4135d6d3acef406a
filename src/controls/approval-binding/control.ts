import type { ApprovalBinding } from '../../approvals/desk.ts';
import { readText } from '../../approvals/show.ts';
import { NO_BUDGET, createBudget } from '../../approvals/budget.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/**
 * Binds an approval to exactly one action: principal and tenant, client, target, definition, canonical arguments as sent
 * and as read, policy version, server version, task, and why a person is asked. It is good for one use, and requests
 * for it are bounded. Where the control is off, an approval of a tool stands for whatever it is called with, by whom ever,
 * as in clients with an "always allow".
 */
export function configure(settings: Settings): ApprovalBinding {
  const { digest, policyVersion, store, limits, catalog } = settings;
  if (!isOn(settings, 'approval-binding'))
    return { of: ({ target }) => digest(`approval ${target?.name}`), single: false, budget: NO_BUDGET };
  return {
    single: true,
    budget: createBudget(store, limits),
    of({ principal, target, args, argsDigest, demands, task }: Exchange): string {
      const parts = [
        'approval',
        principal?.id,
        principal?.client,
        target?.kind,
        target?.name,
        target?.digest,
        argsDigest,
        // What a schema makes of the same arguments may differ from one call to the next: a person saw one of them.
        readText(args) ?? null,
        policyVersion(),
        // A policy that is code changes with its server.
        catalog.server.version,
        task ?? null,
        // A task that has read more since is asked about anew.
        demands.map(({ by, reason }) => [by, reason]),
      ];
      if (parts.includes(undefined)) throw new TypeError('approval-binding: a call without one of its parts');
      return digest(JSON.stringify(parts));
    },
  };
}
