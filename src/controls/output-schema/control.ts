import type { Issue, ToolEntry } from '../../pipeline/catalog.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/**
 * Passes on only what the tool declared: the output is parsed by the author's schema and checked against the published
 * one. Anything else is a generic error, with the fault in the log (MCP 2026-07-28 server/tools#output-schema).
 */
export function configure(settings: Settings): Decide {
  if (!isOn(settings, 'output-schema')) return () => PASS;
  return function outputSchema(exchange: Exchange): MaybePromise<Decision> {
    const { target } = exchange;
    if (target?.kind !== 'tool' || target.checkOutput === undefined || target.refineOutput === undefined) return PASS;
    const refined = target.refineOutput(exchange.output);
    if (refined instanceof Promise) return refined.then((settled) => accept(exchange, target, settled));
    return accept(exchange, target, refined);
  };
}

type Refined = { readonly value: unknown } | { readonly issues: readonly Issue[] };

function accept(exchange: Exchange, target: ToolEntry, refined: Refined): Decision {
  const issues = 'issues' in refined ? refined.issues : target.checkOutput?.(refined.value);
  if (issues !== undefined) {
    return deny('OUTPUT_INVALID', {
      detail: issues
        .slice(0, 5)
        .map((issue) => `${issue.path} ${issue.message}`)
        .join('; '),
    });
  }
  if ('value' in refined) exchange.output = refined.value;
  return PASS;
}
