import type { Issue } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/**
 * Checks arguments against the tool's closed, compiled schema, then parses them with the author's own. A fault comes
 * back as a tool result that the model can act on; the handler never sees it (MCP 2026-07-28 server/tools).
 */
export function configure(settings: Settings): Decide {
  const strict = isOn(settings, 'input-schema');
  return function inputSchema(exchange: Exchange): MaybePromise<Decision> {
    const { target, args } = exchange;
    if (target === undefined || args === undefined) return PASS;
    if (!strict) return PASS;
    const issues = target.checkInput(args);
    if (issues !== undefined) return refuse(exchange, issues);
    const refined = target.refineInput(args);
    if (refined instanceof Promise) return refined.then((settled) => accept(exchange, settled));
    return accept(exchange, refined);
  };
}

type Refined = { readonly value: unknown } | { readonly issues: readonly Issue[] };

function accept(exchange: Exchange, refined: Refined): Decision {
  if ('issues' in refined) return refuse(exchange, refined.issues);
  exchange.args = refined.value;
  return PASS;
}

/** A resource whose variables do not fit is a resource that does not exist: there is nothing to learn from the refusal. */
function refuse({ target }: Exchange, issues: readonly Issue[]): Decision {
  const text = issues
    .slice(0, 5)
    .map((issue) => issue.message)
    .join('; ');
  if (target?.kind === 'resource') return deny('RESOURCE_UNKNOWN', { detail: text });
  if (target?.kind === 'prompt') return deny('PARAMS_INVALID', { detail: text, hint: text });
  return deny('ARGUMENTS_INVALID', { detail: text, hint: text });
}
