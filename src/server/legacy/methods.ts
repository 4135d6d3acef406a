import { LEGACY_VERSIONS } from '../../protocol/versions.ts';
import { deny } from '../../pipeline/decision.ts';
import type { Exchange } from '../../pipeline/context.ts';
import type { Session } from '../../pipeline/session.ts';
import { capabilitiesOf } from '../methods/discover.ts';
import { mayReadUri } from '../methods/listen.ts';
import { watch } from '../methods/watch.ts';
import { paramsOf, type Method } from '../methods/method.ts';
import { Refusal } from '../refusal.ts';

/** Methods that both eras have. */
const SHARED = [
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'prompts/list',
  'prompts/get',
  'completion/complete',
];

/** The methods of the legacy era: those of the handshake and the session, and those that it shares with the modern one. */
export function legacyMethods(modern: ReadonlyMap<string, Method>): ReadonlyMap<string, Method> {
  const methods = new Map<string, Method>([
    ['initialize', initialize],
    ['ping', () => ({})],
    ['logging/setLevel', setLevel],
    ['resources/subscribe', subscribe],
    ['resources/unsubscribe', unsubscribe],
  ]);
  for (const name of SHARED) {
    const method = modern.get(name);
    if (method !== undefined) methods.set(name, method);
  }
  return methods;
}

/** The revision for a session: the one asked for where it is open, else the newest (MCP 2025-11-25 basic/lifecycle). */
export function negotiate(exchange: Exchange): string {
  const wanted = paramsOf(exchange)['protocolVersion'];
  const [newest = ''] = LEGACY_VERSIONS;
  return LEGACY_VERSIONS.find((version) => version === wanted) ?? newest;
}

function sessionOf({ session }: Exchange): Session {
  if (session === undefined) throw new Refusal(deny('INTERNAL', { detail: 'no session' }));
  return session;
}

const initialize: Method = ({ exchange, parts: { settings } }) => ({
  protocolVersion: sessionOf(exchange).version,
  capabilities: capabilitiesOf(settings.catalog),
  serverInfo: settings.catalog.server,
  ...(settings.catalog.instructions === undefined ? {} : { instructions: settings.catalog.instructions }),
});

const setLevel: Method = ({ exchange }) => {
  sessionOf(exchange).logLevel = String(paramsOf(exchange)['level']);
  return {};
};

/** Each URI is authorized here and again at each delivery: access that is gone ends what was granted by it. */
const subscribe: Method = async (call) => {
  const { exchange, parts } = call;
  const { watched } = sessionOf(exchange);
  const uri = String(paramsOf(exchange)['uri']);
  if (!watched.has(uri) && watched.size >= parts.settings.limits.watchedUris) {
    throw new Refusal(deny('STREAM_LIMIT', { detail: 'too many watched URIs' }));
  }
  if (!(await mayReadUri(call, uri))) throw new Refusal(deny('RESOURCE_UNKNOWN'));
  if (!watched.has(uri)) await watch(call, watched, uri);
  return {};
};

const unsubscribe: Method = ({ exchange }) => {
  sessionOf(exchange).watched.delete(String(paramsOf(exchange)['uri']));
  return {};
};
