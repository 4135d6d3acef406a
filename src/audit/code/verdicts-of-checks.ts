import type { Func, Offset } from './ir.ts';
import type { Part } from './walk.ts';

/** What says whether a credential is right. */
const CHECK =
  /^_*(?:is_?)?(?:valid|validate|verify|verified|check|authenticate|authorize).*(?:token|credential|password|secret|api_?key|signature|bearer)/i;
/** What compares in constant time: nobody uses it for anything but a secret. */
const COMPARES: ReadonlySet<string> = new Set(['compare_digest', 'timingSafeEqual', 'timing_safe_eq']);

/**
 * Where a function that says whether a credential is right says yes at its end, after comparisons that have all failed: each that
 * held has left before.
 */
export function acceptedAt({ name, params, body }: Func): Offset | undefined {
  if (typeof name !== 'string' || !Array.isArray(params) || !Array.isArray(body) || !CHECK.test(name)) return undefined;
  const last = body.at(-1) as Part | undefined;
  const value = last?.['value'] as Part | undefined;
  if (last?.['kind'] !== 'return' || value?.['kind'] !== 'literal' || value['value'] !== true) return undefined;
  const at = last['at'];
  return typeof at === 'number' && leavesWhereItHolds(body, 0) ? at : undefined;
}

/** Whether a comparison that holds is what leaves with an answer that may be yes. */
function leavesWhereItHolds(statements: readonly unknown[], depth: number): boolean {
  return (
    depth < 20 &&
    statements.some((each) => {
      const { kind, test, whenTrue, otherwise, body } = each as Part;
      if (kind === 'loop' || kind === 'try') return leavesWhereItHolds(listIn(body), depth + 1);
      if (kind !== 'if') return false;
      if (compares(test) && listIn(otherwise).length === 0) {
        const { kind: end, value } = (listIn(whenTrue).at(-1) ?? {}) as Part;
        const said = value as Part | undefined;
        return end === 'return' && said !== undefined && !(said['kind'] === 'literal' && said['value'] !== true);
      }
      return leavesWhereItHolds([...listIn(whenTrue), ...listIn(otherwise)], depth + 1);
    })
  );
}

function compares(test: unknown): boolean {
  const { kind, callee, left, right, op } = (test ?? {}) as Part;
  if (kind === 'logical') return op === 'and' && (compares(left) || compares(right));
  return kind === 'call' && COMPARES.has(String((callee as Part | undefined)?.['name']));
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
