import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { inEra, isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

/** MCP 2026-07-28 schema, HEADER_MISMATCH. */
const HEADER_MISMATCH = -32_020;
/** No server has it, so nothing is done where the mismatch goes unseen. */
const NOBODYS_TOOL = 'portcullis-audit-no-such-tool';

type Headers = Readonly<Record<string, string | undefined>>;

const MISMATCHES: ReadonlyMap<string, Headers> = new Map<string, Headers>([
  ['another method in the header', { 'mcp-method': 'prompts/get' }],
  ['no method in the header', { 'mcp-method': undefined }],
  ['a method in other case', { 'mcp-method': 'TOOLS/LIST' }],
  ['another version in the header', { 'mcp-protocol-version': '2025-11-25' }],
  ['no version in the header', { 'mcp-protocol-version': undefined }],
]);
const NAMES: ReadonlyMap<string, Headers> = new Map<string, Headers>([
  ['another name in the header', { 'mcp-name': 'portcullis-audit-other-tool' }],
  ['no name in the header', { 'mcp-name': undefined }],
  ['another name in Base64', { 'mcp-name': '=?base64?cG9ydGN1bGxpcw==?=' }],
  ['a name in broken Base64', { 'mcp-name': '=?base64?cG9=Y3Vs?=' }],
]);

const meta: RuleMeta = {
  id: 'header-mismatch',
  title: 'Headers that disagree with the body are refused',
  failure: 'A request is taken whose headers say another thing than its body',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-06'],
  method: 'probe',
  remedy:
    'Derive method, name and version from the body, compare them with Mcp-Method, Mcp-Name and MCP-Protocol-Version after decoding, and answer 400 with error -32020 when one is missing or differs, before routing and authorization.',
  references: ['MCP 2026-07-28 basic/transports/streamable-http, server validation'],
};

/** Shows whoever stands before the server one request in the headers, and the server another in the body. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.eras.includes('modern')) return undefined;
    const connection = await subject.as('user', 'modern');
    const { method, params } = subject.home;
    const exchanges: Exchange[] = [];
    for (const [label, headers] of MISMATCHES)
      exchanges.push((await connection.ask(inEra(label, 'modern'), method, params, { headers })).exchange);
    if (subject.surface.tools.length > 0) {
      const call = { name: NOBODYS_TOOL, arguments: {} };
      for (const [label, headers] of NAMES)
        exchanges.push((await connection.ask(inEra(label, 'modern'), 'tools/call', call, { headers })).exchange);
    }
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const message = 'headers and body say two things, and the body is answered';
    const expected = new Map<string, Expected>([
      ...[...MISMATCHES.keys()].map((label) => [label, { holds: isRefused, message }] as const),
      ...[...NAMES.keys()].map((label) => [label, { holds: isMismatch, message }] as const),
    ]);
    return judgeEach(meta, exchanges, expected);
  },
});

/** The tool is unknown, so any refusal but that of the mismatch was given to what the body says. */
function isMismatch(exchange: Exchange): boolean | undefined {
  if (outcomeOf(exchange) === 'unclear') return undefined;
  const { answer } = exchange;
  return exchange.status === 400 && answer?.kind === 'error'
    ? answer.code === HEADER_MISMATCH
    : exchange.status === 400;
}
