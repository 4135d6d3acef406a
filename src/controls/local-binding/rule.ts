import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { judge, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

const OWN = 'on its own address';
const ELSEWHERE = 'on an address that other machines reach';
const PATIENCE_MS = 2_000;
const LOCAL = /^(?:localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/** Connects to a local server by every other address of this machine: a wildcard is bound to all of them. */
export const rule: Rule = {
  id: 'local-binding',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { url } = target;
    if (url === undefined || !LOCAL.test(url.hostname)) return [{ label: OWN, fact: url?.hostname }];
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    await connection.close();
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
    const reached: string[] = [];
    for (const address of otherAddresses(url.hostname)) if (await reaches(address, port)) reached.push(address);
    return [
      { label: OWN, reply },
      { label: ELSEWHERE, fact: reached },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    const [first] = observations;
    if (typeof first?.fact === 'string') return { status: 'not-applicable', why: `${first.fact}: no local server` };
    return judge(observations, {
      baseline: { [OWN]: served },
      attacks: { [ELSEWHERE]: ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

/** The addresses of this machine's interfaces, and one of loopback that nobody binds by name. */
function otherAddresses(hostname: string): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outer = interfaces.filter(({ internal, scopeid = 0 }) => !internal && scopeid === 0);
  return [...outer.map(({ address }) => address), '127.0.0.2'].filter((address) => address !== hostname);
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (connected: boolean) => {
      socket.destroy();
      resolve(connected);
    };
    socket.setTimeout(PATIENCE_MS, () => done(false));
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
