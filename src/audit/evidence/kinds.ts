import { RULES } from '../rules.ts';
import type { RuleMeta } from '../model.ts';
import type { RecordKind } from './record-rule.ts';

/** A kind of record with what its rule says of it. */
export interface KnownKind {
  readonly record: RecordKind;
  readonly meta: RuleMeta;
}

/** Every kind of record that somebody can write, by name in alphabetical order. */
export const KINDS: readonly KnownKind[] = RULES.flatMap((rule) => {
  const { record } = rule as { readonly record?: RecordKind };
  return rule.kind === 'evidence' && record !== undefined ? [{ record, meta: rule.meta }] : [];
});
