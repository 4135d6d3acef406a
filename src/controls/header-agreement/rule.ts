import { errorCodeOf, judge, served } from '../../audit/judge.ts';
import type { Observation, Reply, RequestOptions, Rule, Target, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { META, MODERN_VERSION } from '../../protocol/versions.ts';

const CALL: JsonObject = { name: 'query', arguments: { region: 'north' } };
const REGION = { 'mcp-param-region': 'north' };

type Headers = NonNullable<RequestOptions['headers']>;

const ATTACKS: ReadonlyMap<string, Headers> = new Map<string, Headers>([
  ['another method', { ...REGION, 'mcp-method': 'tools/list' }],
  ['no method', { ...REGION, 'mcp-method': undefined }],
  ['a method in other case', { ...REGION, 'mcp-method': 'Tools/Call' }],
  ['another name', { ...REGION, 'mcp-name': 'echo' }],
  ['no name', { ...REGION, 'mcp-name': undefined }],
  ['another name in Base64', { ...REGION, 'mcp-name': '=?base64?ZWNobw==?=' }],
  ['a name in broken Base64', { ...REGION, 'mcp-name': '=?base64?ZW=Nobw?=' }],
  ['no version', { ...REGION, 'mcp-protocol-version': undefined }],
  ['another version', { ...REGION, 'mcp-protocol-version': '2025-11-25' }],
  ['another parameter', { 'mcp-param-region': 'south' }],
  ['no parameter', {}],
  ['a parameter twice', { 'mcp-param-region': 'north, south' }],
]);
const OTHERS: ReadonlyMap<string, readonly [string, JsonObject]> = new Map<string, readonly [string, JsonObject]>([
  ['another resource', ['resources/read', { uri: 'notes://page' }]],
  ['another prompt', ['prompts/get', { name: 'greeting' }]],
]);
const TWICE = 'a header that is sent twice';

/** Shows a proxy one request in the headers and the server another in the body. */
export const rule: Rule = {
  id: 'header-agreement',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [
      { label: 'headers that agree', reply: await connection.request('tools/call', CALL, { headers: REGION }) },
      {
        label: 'a name in Base64',
        reply: await connection.request('tools/call', CALL, {
          headers: { ...REGION, 'mcp-name': '=?base64?cXVlcnk=?=' },
        }),
      },
    ];
    for (const [label, headers] of ATTACKS)
      seen.push({ label, reply: await connection.request('tools/call', CALL, { headers }) });
    for (const [label, [method, params]] of OTHERS)
      seen.push({ label, reply: await connection.request(method, params, { headers: { 'mcp-name': 'echo' } }) });
    seen.push({ label: TWICE, reply: await sendTwice(target) });
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [...ATTACKS.keys(), ...OTHERS.keys(), TWICE];
    const attacks = Object.fromEntries(labels.map((label) => [label, isMismatch]));
    return judge(observations, { baseline: { 'headers that agree': served, 'a name in Base64': served }, attacks });
  },
};

function isMismatch({ reply }: Observation): boolean {
  return reply?.status === 400 && errorCodeOf(reply) === -32020;
}

function sendTwice(target: Target): Promise<Reply> {
  const meta = { [META.version]: MODERN_VERSION, [META.capabilities]: {} };
  const params = { ...CALL, _meta: meta };
  return target.raw({
    method: 'POST',
    path: target.url?.pathname ?? '/',
    headers: [
      ['Host', target.url?.host ?? ''],
      ['Authorization', `Bearer ${target.token ?? ''}`],
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ['Mcp-Protocol-Version', MODERN_VERSION],
      ['Mcp-Method', 'tools/call'],
      ['Mcp-Name', 'query'],
      ['Mcp-Param-Region', 'north'],
      ['Mcp-Param-Region', 'north'],
    ],
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
}
