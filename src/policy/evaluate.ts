import type { AuthorizationAnswer } from '@cedar-policy/cedar-wasm/nodejs';
import type { Cedar } from './cedar.ts';
import type { PolicyUnit } from './parse.ts';
import type { BuiltRequest } from './request.ts';
import type { Slice } from './slices.ts';

/** What the engine says of one request. */
export interface Evaluated {
  /** Whether it is permitted, and no plain forbid stands against it. */
  readonly allowed: boolean;
  readonly permitted: readonly PolicyUnit[];
  readonly denied: readonly PolicyUnit[];
  /** Forbids that stand against it until a scope or an approval lifts them. */
  readonly lifted: readonly PolicyUnit[];
  /** Why a policy, or the request, could not be evaluated: then nothing is allowed. */
  readonly errors: readonly string[];
}

interface Asked {
  readonly decision: 'allow' | 'deny';
  readonly reasons: readonly PolicyUnit[];
  readonly errors: readonly string[];
}

/** Asks the engine: first the policies that nothing lifts, then, where they allow, those that something can. */
export function evaluate(cedar: Cedar, slice: Slice, request: BuiltRequest, schemaName: string): Evaluated {
  const ask = (set: string): Asked =>
    read(
      slice,
      cedar.statefulIsAuthorized({
        ...request,
        preparsedSchemaName: schemaName,
        validateRequest: true,
        preparsedPolicySetId: set,
      }),
    );
  const nothing = { permitted: [], denied: [], lifted: [], errors: [] };
  let permitted: readonly PolicyUnit[] = [];
  if (slice.plain === undefined) {
    if (!slice.isOpen) return { ...nothing, allowed: false };
  } else {
    const { decision, reasons, errors } = ask(slice.plain);
    if (errors.length > 0) return { ...nothing, allowed: false, errors };
    if (decision !== 'allow') return { ...nothing, allowed: false, denied: reasons };
    permitted = reasons;
  }
  if (slice.liftable === undefined) return { ...nothing, allowed: true, permitted };
  const { decision, reasons, errors } = ask(slice.liftable);
  if (errors.length > 0) return { ...nothing, allowed: false, errors };
  // INVARIANT: a denial whose policies are not known can be lifted by nothing.
  if (decision === 'deny' && reasons.length === 0) return { ...nothing, allowed: false };
  return { ...nothing, allowed: true, permitted, lifted: decision === 'deny' ? reasons : [] };
}

function read({ units }: Slice, answer: AuthorizationAnswer): Asked {
  if (answer.type === 'failure')
    return { decision: 'deny', reasons: [], errors: answer.errors.map(({ message }) => message) };
  const { decision, diagnostics } = answer.response;
  return {
    decision,
    reasons: units.filter(({ id }) => diagnostics.reason.includes(id)),
    errors: diagnostics.errors.map(({ policyId, error }) => `${policyId}: ${error.message}`),
  };
}
