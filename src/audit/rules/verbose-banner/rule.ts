import { inEachEra, inEra, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { outcomeOf } from '../../live/exchange.ts';
import type { RuleMeta } from '../../model.ts';

/** Headers that are there for nothing else. */
const BANNERS = ['x-powered-by', 'x-aspnet-version', 'x-aspnetmvc-version', 'x-generator', 'x-runtime'] as const;
const VERSION = /\d+\.\d+/;

const meta: RuleMeta = {
  id: 'verbose-banner',
  title: 'Headers do not tell which software runs',
  failure: 'Headers tell which software runs',
  severity: 'low',
  confidence: 'high',
  controls: ['DEP-04'],
  method: 'probe',
  remedy: 'Leave X-Powered-By and its kind out, and the version out of Server and Via.',
  references: ['OWASP ASVS 5.0 13.4.6', 'OWASP Secure Headers Project'],
};

/** Reads the headers of a right request. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (subject.http === undefined) return undefined;
    const { method, params } = subject.home;
    const exchanges = await inEachEra(subject, async (connection, era) => [
      await connection.ask(inEra('a request', era), method, params),
    ]);
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const [exchange] = exchanges.filter((each) => outcomeOf(each) === 'served');
    if (exchange === undefined) return unknown('nothing was served');
    const { headers, label } = exchange;
    const server = headers['server'] ?? '';
    const told = [
      ...BANNERS.flatMap((name) => (headers[name] === undefined ? [] : [`${name}: ${headers[name]}`])),
      ...(VERSION.test(server) ? [`server: ${server}`] : []),
    ];
    const [first] = told;
    if (first === undefined) return { status: 'pass', why: meta.title, hits: [] };
    const message = 'the headers name the software, for which whoever reads them looks up the flaws';
    return {
      status: 'fail',
      why: meta.failure,
      hits: [{ message, place: { exchange: label }, evidence: told.join(', ') }],
    };
  },
});
