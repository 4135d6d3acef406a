import { STARTED_SERVER, WHOLE_ENVIRONMENT, type CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'whole-environment',
    title: 'A server that is started is handed no variables but those it needs',
    failure: 'A server of somebody else is handed every variable of the environment',
    severity: 'medium',
    confidence: 'medium',
    controls: ['ISO-08', 'SEC-04'],
    method: 'static',
    remedy:
      'Pass the variables that the server needs, by name. The SDKs hand on a short list by themselves (getDefaultEnvironment, get_default_environment).',
    references: ['CVE-2026-40159', 'CWE-526', 'CWE-200'],
  },
  ({ calls }) => {
    const found = calls.filter(({ symbol }) => symbol === STARTED_SERVER || symbol === WHOLE_ENVIRONMENT);
    const whole = found.filter(({ symbol }) => symbol === WHOLE_ENVIRONMENT);
    return found.length === 0 ? undefined : { seen: found.length, facts: whole };
  },
  (fact) => [
    {
      message: 'It hands every variable of its environment, secrets among them, to a server that is named from outside',
      place: placeAt(fact),
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
