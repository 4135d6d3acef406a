import { errorCodeOf, judge, served } from '../../audit/judge.ts';
import type { Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { META, MODERN_VERSION } from '../../protocol/versions.ts';

const UNKNOWN: ReadonlyMap<string, string> = new Map([
  ['a version that never was', '1900-01-01'],
  ['an old version', '2024-11-05'],
  ['a version to come', '2999-01-01'],
  ['the served version with a suffix', `${MODERN_VERSION}-draft`],
  ['a version that is closed', '2025-11-25'],
]);
const HANDSHAKE = 'the handshake of a closed era';
const WITHOUT = 'a request of a closed era';

/** Asks a server that serves the modern revision alone for others: by requests of both eras. */
export const rule: Rule = {
  id: 'protocol-version',
  async gather(target: Target): Promise<readonly Observation[]> {
    const seen: Observation[] = [
      { label: 'the served version', reply: await send(target, modern(MODERN_VERSION), MODERN_VERSION) },
    ];
    if (target.era === 'modern') {
      for (const [label, version] of UNKNOWN) seen.push({ label, reply: await send(target, modern(version), version) });
      return seen;
    }
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'probe', version: '1' } };
    seen.push({ label: HANDSHAKE, reply: await send(target, { method: 'initialize', params }) });
    seen.push({ label: WITHOUT, reply: await send(target, { method: 'tools/list', params: {} }, '2025-11-25') });
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const isLegacy = observations.some(({ label }) => label === HANDSHAKE);
    const labels = isLegacy ? [HANDSHAKE, WITHOUT] : [...UNKNOWN.keys()];
    const attacks = Object.fromEntries(labels.map((label) => [label, namesSupported]));
    return judge(observations, { baseline: { 'the served version': served }, attacks });
  },
};

function modern(version: string): JsonObject {
  return { method: 'tools/list', params: { _meta: { [META.version]: version, [META.capabilities]: {} } } };
}

let next = 0;

/** Sends a request as it is; over HTTP with the version header, where it has one. */
function send(target: Target, request: JsonObject, version?: string): Promise<Reply> {
  next += 1;
  const body = JSON.stringify({ jsonrpc: '2.0', id: `version-${next}`, ...request });
  if (target.transport === 'stdio') return target.line(body);
  const { url, token } = target;
  return target.raw({
    method: 'POST',
    path: url?.pathname ?? '/',
    headers: [
      ['Host', url?.host ?? ''],
      ['Authorization', `Bearer ${token ?? ''}`],
      ['Content-Type', 'application/json'],
      ['Accept', 'application/json, text/event-stream'],
      ...(version === undefined ? [] : [['Mcp-Protocol-Version', version] as const]),
      ['Mcp-Method', String(request['method'])],
    ],
    body,
  });
}

/** -32022 with the list of what is served, so that the client can choose. */
function namesSupported({ reply }: Observation): boolean {
  const error = reply?.message?.['error'];
  const data = isObject(error) ? error['data'] : undefined;
  const supported = isObject(data) ? data['supported'] : undefined;
  return (
    errorCodeOf(reply) === -32022 &&
    Array.isArray(supported) &&
    supported.includes(MODERN_VERSION) &&
    !supported.includes('2025-11-25')
  );
}
