import { connect, type Socket } from 'node:net';
import { callBody } from './request.ts';

/** What a run of the load came to. */
export interface LoadResult {
  readonly perSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly failures: number;
}

/** Sends calls over kept-alive connections, one at a time on each, for a bounded time. */
export async function load(
  url: URL,
  tokens: readonly string[],
  connections: number,
  seconds: number,
): Promise<LoadResult> {
  const times: number[] = [];
  let failures = 0;
  const end = performance.now() + seconds * 1000;
  const started = performance.now();
  let turn = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(Number(url.port), url.hostname);
      socket.setNoDelay(true);
      while (performance.now() < end) {
        turn += 1;
        const token = tokens.length === 0 ? undefined : tokens[turn % tokens.length];
        const before = performance.now();
        const status = await roundTrip(socket, requestText(url, turn, token));
        times.push(performance.now() - before);
        if (status !== 200) failures += 1;
      }
      socket.destroy();
    }),
  );
  const elapsed = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
  return { perSecond: times.length / elapsed, medianMs: at(0.5), p99Ms: at(0.99), failures };
}

/** Calls once with each token, over kept-alive connections. */
export async function callOnce(url: URL, tokens: readonly string[], connections: number): Promise<void> {
  const rest = [...tokens];
  const worker = async (): Promise<void> => {
    const socket = connect(Number(url.port), url.hostname);
    for (let token = rest.pop(); token !== undefined; token = rest.pop()) {
      const status = await roundTrip(socket, requestText(url, rest.length, token));
      if (status !== 200) throw new Error(`a call was answered with ${status}`);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

function requestText(url: URL, id: number, token: string | undefined): string {
  const body = callBody(id);
  const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
  return `POST ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: search\r\n${authorization}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function roundTrip(socket: Socket, text: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let received = '';
    const onData = (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      if (head === -1) return;
      const length = /content-length: (\d+)/i.exec(received.slice(0, head))?.[1];
      const chunked = length === undefined && received.endsWith('0\r\n\r\n');
      if (!chunked && (length === undefined || received.length < head + 4 + Number(length))) return;
      socket.off('data', onData);
      socket.off('error', reject);
      resolve(Number(received.slice(9, 12)));
    };
    socket.on('data', onData);
    socket.once('error', reject);
    socket.write(text);
  });
}
