import type { Exchange } from '../../pipeline/context.ts';
import type { Target } from '../../pipeline/catalog.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import type { LeakActions, LeakRules } from '../../pipeline/leaks.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { createFinder, type Finder } from '../../leaks/find.ts';
import type { Leak } from '../../leaks/detector.ts';
import { changeTexts } from '../../leaks/values.ts';
import { createStream, type LeakStream } from '../../leaks/stream.ts';
import { createTexts, type Found } from '../../leaks/texts.ts';

/** What takes leaks out of whatever a handler says. */
export interface LeakFilter {
  /** The JSON of a structured output or of a result: another value, a refusal, or `undefined` to leave it. */
  look(exchange: Exchange, json: string): Cleaned | undefined;
  /** A sentence of a handler that goes out with a refusal; `undefined` when it must not. */
  sentence(text: string): string | undefined;
  /** The notifications and questions of one call. */
  stream(target: Target | undefined): LeakStream;
}

/** What leaves instead, or why nothing does. */
export type Cleaned = { readonly pass: true; readonly value: unknown } | Denial;

/** Told to the operator: what was taken out of which answer, without the value. */
export type Tell = (message: string, fields: JsonObject) => void;

/**
 * Looks through everything that leaves on behalf of a handler (VAL-10). Secrets that the host was handed are taken out
 * exactly, in each usual encoding; credentials and personal data by their shape, by what the deployment says of each
 * class. Texts are changed and nothing else, so that JSON stays JSON; what no longer fits its schema is withheld.
 */
export function configure(settings: Settings, tell: Tell): LeakFilter | undefined {
  if (!isOn(settings, 'leak-filter')) return undefined;
  const policies = createPolicies(settings.leaks);
  const { withhold } = settings;

  return {
    look(exchange, json): Cleaned | undefined {
      const { actions, finder } = policies(exchange.target);
      if (withhold(json) === json && !finder.mayHold(json)) return undefined;
      const found: Found[] = [];
      const value: unknown = JSON.parse(json);
      const changed = changeTexts(value, createTexts(settings, actions, finder, found));
      if (found.length > 0) report(tell, exchange, found);
      const withheld = found.find(({ action }) => action === 'refuse');
      if (withheld !== undefined)
        return deny('OUTPUT_WITHHELD', { detail: `${withheld.name} at ${withheld.path === '' ? '/' : withheld.path}` });
      // INVARIANT: no secret leaves, wherever it stands: in a number, across two texts, in binary data.
      const after = changed === value ? json : JSON.stringify(changed);
      if (withhold(after) !== after) return deny('OUTPUT_WITHHELD', { detail: 'a secret that is no part of one text' });
      return changed === value ? undefined : { pass: true, value: changed };
    },
    sentence(text): string | undefined {
      const { actions, finder } = policies(undefined);
      const found: Found[] = [];
      const changed = createTexts(settings, actions, finder, found).text(text, '');
      return found.some(({ action }) => action === 'refuse') ? undefined : changed;
    },
    stream(target): LeakStream {
      const { actions, finder } = policies(target);
      return createStream(settings, actions, finder);
    },
  };
}

/** What is looked for in what a target says; made once for each tool that the deployment names. */
function createPolicies({ base, tools }: LeakRules): (target: Target | undefined) => Policy {
  const general = policyOf(base);
  if (tools.size === 0) return () => general;
  const own = new Map([...tools].map(([name, actions]) => [name, policyOf(actions)] as const));
  return (target) => (target?.kind === 'tool' ? (own.get(target.name) ?? general) : general);
}

interface Policy {
  readonly actions: LeakActions;
  readonly finder: Finder;
}

function policyOf(actions: LeakActions): Policy {
  return Object.freeze({ actions, finder: createFinder(actions) });
}

function report(tell: Tell, { id, target }: Exchange, found: readonly Found[]): void {
  const names: readonly Leak['name'][] = [...new Set(found.map(({ name }) => name))];
  tell('something was taken out of an answer', { request: id, target: target?.name ?? '', what: names.join(', ') });
}
