import type { AuditRule } from './model.ts';
import { RULES } from './rules.ts';

const brought: AuditRule[] = [];

/** Every rule that this process judges by: those of the product, then those that its user brought. */
export function allRules(): readonly AuditRule[] {
  return brought.length === 0 ? RULES : [...RULES, ...brought];
}

/**
 * Adds rules that a user brought, before anything is gathered.
 * @throws TypeError when an id is taken.
 */
export function bringRules(rules: readonly AuditRule[]): void {
  for (const rule of rules) {
    if (allRules().some(({ meta }) => meta.id === rule.meta.id)) throw new TypeError(`two rules are "${rule.meta.id}"`);
    brought.push(rule);
  }
}
