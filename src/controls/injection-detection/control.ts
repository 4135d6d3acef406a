import type { Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { deny, PASS, type Decision, type Denial } from '../../pipeline/decision.ts';
import type { DetectionMode } from '../../pipeline/detection.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { scanContent } from '../../scan/content.ts';

/** Looks for orders to a model in what strangers write, and in what a model was talked into sending. */
export interface InjectionDetection {
  /** Decides on the arguments of a call. */
  readonly decide: Decide;
  /** Decides on what a handler gave, before it is made neutral. */
  result(exchange: Exchange, result: JsonObject): Decision;
  /** Decides on a question that is about to be put to the client in the middle of a call. */
  question(exchange: Exchange, question: unknown): Decision;
  /** A refusal whose sentence is a handler's own: that refusal, or another one. */
  failure(exchange: Exchange, denial: Denial): Denial;
  /** What goes into `_meta` of an answer: what was found, and how much was not looked at. */
  metaOf(exchange: Exchange): JsonObject | undefined;
}

const DETECTED_KEY = 'portcullis/detection';

/**
 * Scans arguments, results, resources, prompts, failures and questions of every target that gives untrusted text (PIC-05), and
 * by the effect of the target labels and records a hit, or refuses. It is a help and no barrier: what it does not know passes.
 */
export function configure(settings: Settings): InjectionDetection | undefined {
  if (!isOn(settings, 'injection-detection')) return undefined;
  const { detection, recorder } = settings;
  const modeOf = (target: Target | undefined): DetectionMode => {
    if (target === undefined || !target.flow.gives.has('untrusted')) return 'off';
    return detection[target.kind === 'tool' ? target.effect : 'read'];
  };
  const look = (exchange: Exchange, what: string, value: unknown): Decision => {
    const { target, principal, detected } = exchange;
    const mode = modeOf(target);
    if (mode === 'off' || value === undefined) return PASS;
    const { rules, unscanned } = scanContent(value);
    if (rules.length === 0 && unscanned === 0) return PASS;
    exchange.detected = {
      rules: [...new Set([...(detected?.rules ?? []), ...rules])].toSorted(),
      unscanned: (detected?.unscanned ?? 0) + unscanned,
    };
    if (rules.length === 0) return PASS;
    const rest = unscanned === 0 ? '' : `; ${unscanned} characters were not looked at`;
    const detail = `orders to a model in ${what}: ${rules.join(', ')}${rest}`;
    if (mode === 'refuse') return deny('INJECTION_SUSPECTED', { detail });
    recorder.note({
      time: Date.now(),
      kind: 'alert',
      request: exchange.id,
      detail,
      control: 'injection-detection',
      ...(target === undefined ? {} : { target: target.name }),
      ...(principal === undefined ? {} : { principal: principal.id, client: principal.client }),
    });
    return PASS;
  };
  return {
    decide: (exchange) => look(exchange, 'the arguments', exchange.args),
    result: (exchange, result) => look(exchange, 'the result', exchange.output ?? result),
    question: (exchange, question) => look(exchange, 'a question', question),
    failure(exchange, denial): Denial {
      const decision = look(exchange, 'a failure', denial.hint);
      return decision.pass ? denial : decision;
    },
    metaOf({ detected }): JsonObject | undefined {
      return detected === undefined ? undefined : { [DETECTED_KEY]: { ...detected } };
    },
  };
}
