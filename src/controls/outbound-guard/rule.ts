import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';

const PAGES = 'https://pages.example';

/** How an argument names a place on the port of the canary. */
const ATTACKS: ReadonlyMap<string, (port: number, path: string) => string> = new Map([
  ['loopback', (port, path) => `http://127.0.0.1:${port}${path}`],
  ['loopback by name', (port, path) => `http://localhost:${port}${path}`],
  ['loopback as one number', (port, path) => `http://2130706433:${port}${path}`],
  ['loopback in octal', (port, path) => `http://0177.0.0.01:${port}${path}`],
  ['loopback cut short', (port, path) => `http://127.1:${port}${path}`],
  ['loopback in full-width digits', (port, path) => `http://\uff11\uff12\uff17.0.0.1:${port}${path}`],
  ['the unspecified address', (port, path) => `http://0.0.0.0:${port}${path}`],
  ['loopback mapped into IPv6', (port, path) => `http://[::ffff:127.0.0.1]:${port}${path}`],
  ['loopback behind the declared host as a user', (port, path) => `http://pages.example@127.0.0.1:${port}${path}`],
  [
    'a redirect to loopback',
    (port, path) => `${PAGES}/redirect?to=${encodeURIComponent(`http://127.0.0.1:${port}${path}`)}`,
  ],
  [
    'two redirects to loopback',
    (port, path) => {
      const inner = `${PAGES}/redirect?to=${encodeURIComponent(`http://127.0.0.1:${port}${path}`)}`;
      return `${PAGES}/redirect?to=${encodeURIComponent(inner)}`;
    },
  ],
]);

/** Has `fetch_page` fetch a page of its host, then a canary on loopback in every way of writing it; looks whether the canary was asked. */
export const rule: Rule = {
  id: 'outbound-guard',
  async gather(target: Target): Promise<readonly Observation[]> {
    const hits = new Set<string>();
    const canary = createServer((request, response) => {
      hits.add(request.url ?? '');
      response.end('the canary');
    }).listen(0, '127.0.0.1');
    await once(canary, 'listening');
    const connection = await target.connect();
    try {
      const seen: Observation[] = [{ label: 'a declared page', reply: await fetchPage(connection, `${PAGES}/hello`) }];
      let count = 0;
      for (const [label, urlOf] of ATTACKS) {
        const path = `/canary-${(count += 1)}`;
        const reply = await fetchPage(connection, urlOf(portOf(canary), path));
        seen.push({ label, reply, fact: hits.has(path) });
      }
      return seen;
    } finally {
      await connection.close();
      canary.closeAllConnections();
      canary.close();
    }
  },
  judge(observations: readonly Observation[]): Verdict {
    const attacks = Object.fromEntries([...ATTACKS.keys()].map((label) => [label, wasNotAsked]));
    return judge(observations, { baseline: { 'a declared page': served }, attacks });
  },
};

function wasNotAsked({ fact }: Observation): boolean {
  return fact === false;
}

function fetchPage(connection: Connection, url: string): Promise<Reply> {
  return connection.request('tools/call', { name: 'fetch_page', arguments: { url } });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}
