import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';

/** Ways to write a token into a URL. */
const QUERIES: ReadonlyMap<string, (token: string) => string> = new Map([
  ['a token in the query', (token) => `?access_token=${token}`],
  ['a token behind another parameter', (token) => `?a=1&access_token=${token}`],
  ['a token under an encoded name', (token) => `?%61ccess%5Ftoken=${token}`],
]);

/** Sends a good token in the URL instead of the header, and two tokens at once; then looks for it in the audit log. */
export const rule: Rule = {
  id: 'token-location',
  async gather(target: Target): Promise<readonly Observation[]> {
    const token = target.token ?? '';
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a token in the header', reply: await connection.request('tools/list') }];
    const bare = { authorization: undefined };
    for (const [label, query] of QUERIES) {
      const reply = await connection.request('tools/list', {}, { headers: bare, query: query(token) });
      seen.push({ label, reply });
    }
    const both = await connection.request('tools/list', {}, { query: `?access_token=${token}` });
    seen.push({ label: 'a token in both places', reply: both });
    seen.push({ label: 'two Authorization headers', ...(await twoHeaders(target, token, connection.session)) });
    await connection.close();
    const records = JSON.stringify(await target.records());
    seen.push({ label: 'a token in the audit log', fact: token !== '' && records.includes(token) });
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const inUrl = [...QUERIES.keys(), 'a token in both places', 'two Authorization headers'];
    return judge(observations, {
      baseline: { 'a token in the header': served },
      attacks: {
        ...Object.fromEntries(inUrl.map((label) => [label, refused])),
        'a token in the audit log': ({ fact }) => fact === false,
      },
    });
  },
};

/** One proxy looks at the first of two headers, the next at the last. */
async function twoHeaders(
  target: Target,
  token: string,
  session: string | undefined,
): Promise<Omit<Observation, 'label'>> {
  const { url, era } = target;
  const isModern = era === 'modern';
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const reply = await target
    .raw({
      method: 'POST',
      path: url?.pathname ?? '/',
      headers: [
        ['Host', url?.host ?? ''],
        ['Authorization', `Bearer ${token}`],
        ['Authorization', 'Bearer another'],
        ['Content-Type', 'application/json'],
        ['Accept', 'application/json, text/event-stream'],
        ['MCP-Protocol-Version', isModern ? '2026-07-28' : '2025-11-25'],
        ...(isModern ? ([['Mcp-Method', 'tools/list']] as const) : []),
        ...(session === undefined ? [] : ([['Mcp-Session-Id', session]] as const)),
      ],
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: isModern ? { _meta: meta } : {} }),
    })
    .catch(() => undefined);
  return reply === undefined ? {} : { reply };
}
