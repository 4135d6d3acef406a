import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const SERVED = 'a call';
const LOG = 'the audit log';
const WEAKENED = 'a weakened control';
const PAGES = 'a debugging page';
const CORS = 'an answer for any origin';

/** Where frameworks leave what is for developers. */
const PATHS = [
  '/debug',
  '/debug/pprof/',
  '/metrics',
  '/inspector',
  '/json/version',
  '/docs',
  '/swagger',
  '/openapi.json',
  '/admin',
  '/console',
  '/.env',
  '/.git/config',
  '/package.json',
] as const;

/** Reads from the audit log what is switched off, and asks for what is left on in production. */
export const rule: Rule = {
  id: 'production-defaults',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    await connection.close();
    const records = await target.records();
    const seen: Observation[] = [
      { label: SERVED, reply },
      { label: LOG, fact: records.some(({ kind }) => kind === 'start') },
      { label: WEAKENED, fact: records.filter(({ kind }) => kind === 'weakened').map((record) => record['target']) },
    ];
    if (target.url !== undefined) seen.push(...(await probe(target, target.url.host)));
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const none = ({ fact }: Observation) => Array.isArray(fact) && fact.length === 0;
    const overHttp = observations.some(({ label }) => label === PAGES);
    return judge(observations, {
      baseline: { [SERVED]: served, [LOG]: ({ fact }) => fact === true },
      attacks: { [WEAKENED]: none, ...(overHttp ? { [PAGES]: none, [CORS]: none } : {}) },
    });
  },
};

async function probe(target: Target, host: string): Promise<readonly Observation[]> {
  const pages: string[] = [];
  for (const path of PATHS) {
    const reply = await target.raw({ method: 'GET', path, headers: [['Host', host]] }).catch(() => undefined);
    if (reply?.status !== undefined && reply.status < 400) pages.push(path);
  }
  const preflight = {
    method: 'OPTIONS',
    path: target.url?.pathname ?? '/',
    headers: [
      ['Host', host],
      ['Origin', 'https://attacker.example'],
      ['Access-Control-Request-Method', 'POST'],
    ],
  } as const;
  const allowed = (await target.raw(preflight).catch(() => undefined))?.headers['access-control-allow-origin'];
  return [
    { label: PAGES, fact: pages },
    { label: CORS, fact: allowed === undefined ? [] : [allowed] },
  ];
}
