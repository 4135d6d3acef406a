import { isObject, type JsonObject } from '../../protocol/json.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Kinds of question, as the protocol's capabilities tell them apart. */
export type QuestionKind = 'form' | 'url' | 'sampling' | 'roots';

/** Decides whether the client can answer a question of this kind. */
export type CheckCapability = (kind: QuestionKind, declared: JsonObject | undefined) => Decision;

/**
 * Asks a client only what it declared that it can answer (MCP 2026-07-28 basic/patterns/mrtr#server-requirements, 7).
 * An empty `elicitation` capability means forms only.
 */
export function configure(settings: Settings): CheckCapability {
  if (!isOn(settings, 'client-capabilities')) return () => PASS;
  return function checkCapability(kind: QuestionKind, declared: JsonObject | undefined): Decision {
    if (declares(kind, declared ?? {})) return PASS;
    return deny('CAPABILITY_MISSING', { data: { requiredCapabilities: required(kind) } });
  };
}

function declares(kind: QuestionKind, declared: JsonObject): boolean {
  if (kind === 'sampling' || kind === 'roots') return isObject(declared[kind]);
  const elicitation = declared['elicitation'];
  if (!isObject(elicitation)) return false;
  if (kind === 'url') return isObject(elicitation['url']);
  return isObject(elicitation['form']) || elicitation['url'] === undefined;
}

function required(kind: QuestionKind): JsonObject {
  if (kind === 'sampling' || kind === 'roots') return { [kind]: {} };
  return { elicitation: { [kind]: {} } };
}
