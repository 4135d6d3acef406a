import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { describeExchange, type Exchange } from '../../live/exchange.ts';
import type { RuleMeta, Severity } from '../../model.ts';

/** A path, and by what its answer is known: a status alone says nothing where every path is answered. */
interface Extra {
  readonly path: string;
  readonly message: string;
  readonly form: RegExp;
  readonly severity: Severity;
}

const EXTRAS: readonly Extra[] = [
  { path: '/metrics', message: 'its measures are open to everybody', form: /^# (?:HELP|TYPE) /m, severity: 'low' },
  {
    path: '/debug/pprof/',
    message: 'its profiler is open to everybody',
    form: /\/debug\/pprof|goroutine/,
    severity: 'high',
  },
  { path: '/debug/vars', message: 'its variables are open to everybody', form: /"memstats"/, severity: 'medium' },
  { path: '/actuator', message: 'its administration is open to everybody', form: /"_links"\s*:/, severity: 'medium' },
  {
    path: '/inspector',
    message: 'an inspector is open to everybody',
    form: /<title>[^<]{0,60}inspector/i,
    severity: 'medium',
  },
  {
    path: '/json/list',
    message: 'its debugger is open to everybody',
    form: /"webSocketDebuggerUrl"/,
    severity: 'critical',
  },
  {
    path: '/.env',
    message: 'its environment is open to everybody',
    form: /^[A-Z][A-Z0-9_]{2,60}=\S/m,
    severity: 'critical',
  },
  { path: '/.git/config', message: 'its repository is open to everybody', form: /^\[core\]/m, severity: 'high' },
  {
    path: '/server-status',
    message: 'the state of its web server is open to everybody',
    form: /Apache Server Status/,
    severity: 'medium',
  },
];

const meta: RuleMeta = {
  id: 'debug-endpoint',
  title: 'Nothing for its developers is open to everybody',
  failure: 'Something for its developers is open to everybody',
  severity: 'medium',
  confidence: 'high',
  controls: ['DEP-04'],
  method: 'probe',
  remedy:
    'Serve measures and debugging on a port or a socket of their own that only their readers reach, and keep files that start with a dot out of what is served.',
  references: ['OWASP ASVS 5.0 13.4', 'CWE-489'],
};

interface Facts {
  readonly found: readonly (readonly [label: string, message: string, severity: Severity])[];
}

/** Asks for a few well-known paths of the same origin, without a token. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http === undefined) return undefined;
    const exchanges: Exchange[] = [];
    const found: (readonly [string, string, Severity])[] = [];
    for (const { path, message, form, severity } of EXTRAS) {
      const request = { label: `GET ${path}`, method: 'GET', path, headers: [['Host', http.url.host]] } as const;
      const { exchange, text } = await http.send({ ...request, patienceMs: 2_000 });
      // What stands there may be a secret: that it is there is enough.
      exchanges.push({ ...exchange, body: '' });
      if (exchange.status === 200 && form.test(text.slice(0, 65_536))) found.push([request.label, message, severity]);
    }
    return { exchanges, facts: { found } };
  },
  judge({ exchanges, facts: { found } }) {
    const hits = found.map(([label, message, severity]) => {
      const exchange = exchanges.find((each) => each.label === label);
      const evidence = exchange === undefined ? '' : describeExchange(exchange);
      return { message, place: { exchange: label }, severity, evidence };
    });
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    const silent = exchanges.filter(({ status }) => status === undefined);
    if (silent.length > 0) return unknown(`${silent.length} of ${exchanges.length} paths had no answer`);
    return { status: 'pass', why: `${meta.title}: ${exchanges.length} paths tried`, hits };
  },
});
