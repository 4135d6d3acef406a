import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { Bounded, GateError } from './gate.ts';
import type { Destination } from './hosts.ts';
import { HEADER_BYTES, type EgressLimits } from './limits.ts';

/** A plain request, and where it goes. */
export interface Plain extends Destination {
  /** Path with query. */
  readonly path: string;
}

const ABSOLUTE = /^http:\/\/([a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)(?::([1-9][0-9]{0,4}))?(?=[/?]|$)(.*)$/i;
const READABLE = /^[\x21\x22\x24-\x5b\x5d-\x7e]*$/;
/** What concerns one connection alone (RFC 9110 section 7.6.1), and what this side says itself. */
const OWN = new Set(
  'connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer transfer-encoding upgrade host'.split(
    ' ',
  ),
);

/**
 * Where a plain request goes: by its absolute form, or by the connection that it came over. What names two places goes to neither.
 * @throws GateError when it names none.
 */
export function readPlain(request: IncomingMessage, tunnel: Destination | undefined): Plain {
  const { url = '', method, rawHeaders } = request;
  if (method === 'TRACE') throw new GateError('it sends TRACE');
  const hosts = rawHeaders.filter((_, index) => index % 2 === 0 && rawHeaders[index]?.toLowerCase() === 'host');
  if (hosts.length !== 1) throw new GateError('it has not one Host');
  const at = tunnel === undefined ? readAbsolute(url) : { ...tunnel, path: url };
  if (!at.path.startsWith('/') || !READABLE.test(at.path)) throw new GateError('its path is none');
  const said = String(request.headers.host).toLowerCase();
  const full = `${at.name}:${at.port}`;
  if (said !== full && !(said === at.name && at.port === 80))
    throw new GateError(`its Host says ${JSON.stringify(said.slice(0, 100))} where it goes to ${full}`);
  return at;
}

function readAbsolute(url: string): Plain {
  const [, name, port = '80', rest = ''] = ABSOLUTE.exec(url) ?? [];
  if (name === undefined || Number(port) > 65_535) throw new GateError('it is no request for a plain http URL');
  return { name: name.toLowerCase(), port: Number(port), path: rest.startsWith('/') ? rest : `/${rest}` };
}

/**
 * Sends a plain request on, written anew, and its answer back.
 * @throws Error when either side breaks off, or more comes than may.
 */
export async function forward(
  { name, port, path }: Plain,
  request: IncomingMessage,
  response: ServerResponse,
  socket: Socket,
  limits: EgressLimits,
): Promise<void> {
  socket.setTimeout(limits.idleMs, () => socket.destroy());
  const life = setTimeout(() => socket.destroy(), limits.lifeMs);
  const isChunked = request.headers['transfer-encoding'] !== undefined;
  const outgoing = send({
    method: request.method ?? 'GET',
    path,
    headers: [
      'host',
      port === 80 ? name : `${name}:${port}`,
      'connection',
      'close',
      ...passedOn(request.rawHeaders, request.headers.connection),
      ...(isChunked ? ['transfer-encoding', 'chunked'] : []),
    ],
    createConnection: () => socket,
    setHost: false,
    maxHeaderSize: HEADER_BYTES,
    insecureHTTPParser: false,
  });
  const broken = new AbortController();
  outgoing.on('error', () => broken.abort());
  response.once('close', () => void (response.writableFinished ? undefined : outgoing.destroy()));
  try {
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
      outgoing.once('close', () => reject(new Error('it answered nothing')));
    });
    const sent = pipeline(request, new Bounded(limits.bytes), outgoing);
    // An answer may come before all of the request has left.
    sent.catch(() => undefined);
    const answer = await answered;
    response.writeHead(answer.statusCode ?? 502, passedOn(answer.rawHeaders, answer.headers.connection));
    await pipeline(answer, new Bounded(limits.bytes), response, { signal: broken.signal });
  } finally {
    clearTimeout(life);
    socket.destroy();
  }
}

/** Headers without those of one connection, and without those that the connection header names. */
function passedOn(raw: readonly string[], connection: string | undefined): string[] {
  const named = new Set((connection ?? '').split(',').map((word) => word.trim().toLowerCase()));
  const passed: string[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const [header = '', value = ''] = raw.slice(at, at + 2);
    const lower = header.toLowerCase();
    if (!OWN.has(lower) && !(named.has(lower) && lower !== 'content-length')) passed.push(header, value);
  }
  return passed;
}
