import { isObject } from '../../protocol/json.ts';
import type { Catalog, Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { AuditRecord } from '../audit-record/control.ts';

/**
 * Finds what the request is aimed at, by exact name, and refuses what is not there. Whatever breaks on the way (a
 * control, the policy, the store, the clock) is a denial as well: the pipeline asks this control what a throw means.
 */
export function configure(settings: Settings): Decide {
  const { catalog } = settings;
  return function denyByDefault(exchange: Exchange): Decision {
    const { message } = exchange;
    if (message === undefined || message.kind !== 'request') return PASS;
    if (exchange.principal === undefined) return deny('TOKEN_MISSING', { detail: 'no principal' });
    switch (message.method) {
      case 'tools/call':
        return aim(
          exchange,
          lookUp(catalog.tools, message.params['name']),
          message.params['arguments'] ?? {},
          'TOOL_UNKNOWN',
        );
      case 'prompts/get':
        return aim(
          exchange,
          lookUp(catalog.prompts, message.params['name']),
          message.params['arguments'] ?? {},
          'PROMPT_UNKNOWN',
        );
      case 'resources/read':
      case 'resources/subscribe':
        return aimAtResource(exchange, catalog, message.params['uri']);
      case 'completion/complete':
        return aimAtReference(exchange, catalog, message.params['ref']);
      default:
        return PASS;
    }
  };
}

/** With the control off, a control that breaks stops nothing: the catch that goes on. */
export function goOnWhenBroken(decide: Decide): Decide {
  return async function forgiving(exchange: Exchange): Promise<Decision> {
    try {
      return await decide(exchange);
    } catch {
      return PASS;
    }
  };
}

/** With the control off, a record that cannot be written stops nothing, as in servers that prefer to answer. */
export function configureRecord(settings: Settings, audit: AuditRecord): AuditRecord {
  if (isOn(settings, 'deny-by-default')) return audit;
  const goOn = async (written: MaybePromise<Decision>): Promise<Decision> => {
    await written;
    return PASS;
  };
  return {
    ...audit,
    intent: (exchange) => goOn(audit.intent(exchange)),
    outcome: (exchange, answer) => goOn(audit.outcome(exchange, answer)),
  };
}

type Unknown = 'TOOL_UNKNOWN' | 'PROMPT_UNKNOWN' | 'RESOURCE_UNKNOWN';

function lookUp<T>(entries: ReadonlyMap<string, T>, name: unknown): T | undefined {
  return typeof name === 'string' ? entries.get(name) : undefined;
}

function aim(exchange: Exchange, target: Target | undefined, args: unknown, code: Unknown): Decision {
  if (target === undefined) return deny(code);
  exchange.target = target;
  exchange.args = args;
  return PASS;
}

/** Finds the resource or template that serves a URI, and the values of the template's variables. */
export function resolveResource(
  catalog: Catalog,
  uri: unknown,
): { readonly target: Target; readonly args: unknown } | undefined {
  if (typeof uri !== 'string') return undefined;
  const fixed = catalog.resources.get(uri);
  if (fixed !== undefined) return { target: fixed, args: {} };
  for (const target of catalog.templates) {
    const args = target.template?.match(uri);
    if (args !== undefined) return { target, args: { ...args } };
  }
  return undefined;
}

function aimAtResource(exchange: Exchange, catalog: Catalog, uri: unknown): Decision {
  const found = resolveResource(catalog, uri);
  return aim(exchange, found?.target, found?.args, 'RESOURCE_UNKNOWN');
}

function aimAtReference(exchange: Exchange, catalog: Catalog, reference: unknown): Decision {
  if (!isObject(reference)) return deny('PARAMS_INVALID');
  if (reference['type'] === 'ref/prompt') {
    return aim(exchange, lookUp(catalog.prompts, reference['name']), undefined, 'PROMPT_UNKNOWN');
  }
  const uri = reference['uri'];
  const template = catalog.templates.find((entry) => entry.template?.template === uri);
  const target = template ?? lookUp(catalog.resources, uri);
  return aim(exchange, target, undefined, 'RESOURCE_UNKNOWN');
}
