import type { JsonObject } from '../../../protocol/json.ts';
import { neutralise } from '../../../text/neutralise.ts';
import { isServing, unknown } from '../../live/live-rule.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { AuditRule, Hit, RuleMeta } from '../../model.ts';
import { findInTexts, type ModelText, type TextFinding } from '../../probes/model-texts.ts';
import { surveyOf } from '../../probes/survey.ts';
import { shown } from '../../probes/tools.ts';

interface Gathered {
  readonly count: number;
  readonly isServing: boolean;
  readonly found: readonly TextFinding[];
}

const MOST_HITS = 30;

const meta: RuleMeta = {
  id: 'poisoned-texts',
  title: 'What a model reads of the server holds no orders and nothing hidden',
  failure: 'What a model reads of the server holds orders or something hidden',
  severity: 'high',
  confidence: 'medium',
  controls: ['TDS-07'],
  method: 'probe',
  remedy:
    'Say what the tool does and nothing else: no orders to the model, no characters that a person does not see, no markup.',
  references: ['OWASP MCP Top 10 MCP03', 'Invariant Labs, tool poisoning', 'SAFE-MCP SAFE-T1001'],
};

/** See `meta`. */
export const rule: AuditRule<LiveSubject, Gathered> = {
  kind: 'live',
  meta,
  async gather(subject) {
    const survey = await surveyOf(subject);
    if (survey === undefined) return undefined;
    const { tools, prompts, resources, serverInfo } = subject.surface;
    const names = new Set(tools.flatMap(({ name }) => (typeof name === 'string' ? [name] : [])));
    const texts: readonly ModelText[] = [
      ...listed('tool', tools, names),
      ...listed('prompt', prompts, new Set()),
      ...listed('resource', resources, new Set()),
      ...listed('resource template', survey.templates, new Set()),
      { where: 'the instructions of the server', value: survey.instructions, tools: new Set() },
      { where: 'the name of the server', value: serverInfo, tools: new Set() },
    ];
    return { count: texts.length, isServing: await isServing(subject), found: findInTexts(texts) };
  },
  judge({ count, isServing: serves, found }) {
    const hits = found.map(
      ({ where, rule: id, severity, path, excerpt, why }): Hit => ({
        message: `${where}: ${why.replace(/\.$/, '')} (${id})`,
        place: { exchange: `${where}${neutralise(path)}` },
        evidence: excerpt,
        severity: severity === 'high' ? 'high' : 'low',
        ...(severity === 'high' ? {} : { confidence: 'low' }),
      }),
    );
    if (hits.length === 0 && !serves) return unknown('a right request is not served any more');
    if (hits.length === 0) return { status: 'pass', why: `${meta.title}: ${count} looked at`, hits };
    return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits: hits.slice(0, MOST_HITS) };
  },
};

function listed(kind: string, items: readonly JsonObject[], tools: ReadonlySet<string>): readonly ModelText[] {
  return items.map((item) => {
    const { name, uri, uriTemplate } = item;
    const called = [name, uri, uriTemplate].find((each) => typeof each === 'string');
    const others = new Set([...tools].filter((each) => each !== name));
    return { where: `the ${kind} ${typeof called === 'string' ? shown(called) : '?'}`, value: item, tools: others };
  });
}
