import { LEGACY_REQUESTS } from '../../protocol/legacy-requests.ts';
import { REQUESTS } from '../../protocol/requests.ts';
import { compile } from '../../schema/compile.ts';
import type { Check } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Lets in only the methods of the specification, with parameters that match their schema. There is no other way to act:
 * free text is never read as a command (OWASP minimum bar 4.3).
 */
export function configure(_settings: Settings): Decide {
  const modern: ReadonlyMap<string, Check> = new Map(
    [...REQUESTS].map(([method, shape]) => [method, compile(shape.params)] as const),
  );
  const legacy: ReadonlyMap<string, Check> = new Map(
    [...LEGACY_REQUESTS].map(([method, params]) => [method, compile(params)] as const),
  );
  return function structuredInvocation({ message, era }: Exchange): Decision {
    if (message?.kind !== 'request') return PASS;
    const check = (era === 'modern' ? modern : legacy).get(message.method);
    if (check === undefined) return deny('METHOD_UNKNOWN', { detail: message.method });
    const issues = check(message.params);
    if (issues === undefined) return PASS;
    return deny('PARAMS_INVALID', { detail: issues.map((issue) => issue.message).join('; ') });
  };
}
