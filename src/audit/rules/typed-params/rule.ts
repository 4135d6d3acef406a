import type { JsonObject } from '../../../protocol/json.ts';
import { describeExchange, outcomeOf, type Exchange } from '../../live/exchange.ts';
import { inEra, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { Hit, RuleMeta } from '../../model.ts';

interface Attack {
  readonly method: string;
  readonly params: JsonObject;
  /** Whether the subject has what the method is about. */
  readonly isAbout: (subject: LiveSubject) => boolean;
  readonly legacyOnly?: boolean;
}

const hasTools = ({ surface }: LiveSubject): boolean => surface.tools.length > 0;
const declares =
  (capability: string) =>
  ({ surface }: LiveSubject): boolean =>
    Object.hasOwn(surface.capabilities, capability);

const NOWHERE = 'portcullis-audit://nothing/here';
const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  ['a tool whose name is a number', { method: 'tools/call', params: { name: 7, arguments: {} }, isAbout: hasTools }],
  [
    'a tool that does not exist',
    { method: 'tools/call', params: { name: 'audit_nothing', arguments: {} }, isAbout: hasTools },
  ],
  ['a tool without a name', { method: 'tools/call', params: { arguments: {} }, isAbout: hasTools }],
  ['a cursor that is a number', { method: 'tools/list', params: { cursor: 7 }, isAbout: hasTools }],
  ['a resource that is a number', { method: 'resources/read', params: { uri: 7 }, isAbout: declares('resources') }],
  [
    'a resource that does not exist',
    { method: 'resources/read', params: { uri: NOWHERE }, isAbout: declares('resources') },
  ],
  [
    'a prompt that does not exist',
    { method: 'prompts/get', params: { name: 'audit_nothing' }, isAbout: declares('prompts') },
  ],
  [
    'a log level that does not exist',
    { method: 'logging/setLevel', params: { level: 'loud' }, isAbout: declares('logging'), legacyOnly: true },
  ],
  [
    'a completion of nothing',
    {
      method: 'completion/complete',
      params: { ref: { type: 'ref/nothing', name: 'x' }, argument: { name: 'x', value: '' } },
      isAbout: declares('completions'),
    },
  ],
]);

const meta: RuleMeta = {
  id: 'typed-params',
  title: 'Parameters of the wrong type, and of what does not exist, are refused',
  failure: 'Parameters of the wrong type, or of what does not exist, are not refused',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-05', 'VAL-12'],
  method: 'probe',
  remedy: 'Check the parameters of each method against its schema, and answer what does not fit with -32602.',
  references: ['MCP 2026-07-28 schema', 'JSON-RPC 2.0 section 5.1'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const exchanges: Exchange[] = [];
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      for (const [attack, { method, params, isAbout, legacyOnly = false }] of ATTACKS) {
        if (!isAbout(subject) || (legacyOnly && era === 'modern')) continue;
        exchanges.push((await connection.ask(inEra(attack, era), method, params)).exchange);
      }
    }
    return exchanges.length === 0 ? undefined : { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const expected = new Map<string, Expected>(
      [...ATTACKS.keys()].map((attack) => [attack, { holds: isHeld, message: `serves ${attack}` }]),
    );
    const judged = judgeEach(meta, exchanges, expected);
    const [crash] = exchanges.filter(({ status = 0 }) => status >= 500);
    if (crash === undefined || judged.status !== 'pass') return judged;
    const hit: Hit = {
      message: 'breaks on parameters that it should refuse',
      place: { exchange: crash.label },
      evidence: describeExchange(crash),
      severity: 'low',
    };
    return { status: 'fail', why: 'Parameters of the wrong type break it', hits: [hit] };
  },
});

/** A break of the server is told on its own. */
function isHeld(exchange: Exchange): boolean | undefined {
  if ((exchange.status ?? 0) >= 500) return true;
  const outcome = outcomeOf(exchange);
  return outcome === 'unclear' ? undefined : outcome === 'refused';
}
