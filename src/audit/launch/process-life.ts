import { isObject } from '../../protocol/json.ts';
import type { Budget } from '../live/budget.ts';
import type { Exchange } from '../live/exchange.ts';
import type { Redactor } from '../live/redact.ts';
import type { HarmlessCall, LiveSubject, ProcessLife } from '../live/subject.ts';
import type { LaunchedConnection } from './launched-connection.ts';
import type { LaunchOptions } from './server-process.ts';

/** What a life is made of. */
export interface LifeParts {
  readonly start: (hear: NonNullable<LaunchOptions['hear']>) => Promise<LaunchedConnection>;
  readonly home: LiveSubject['home'];
  readonly harmless: readonly HarmlessCall[];
  readonly budget: Budget;
  readonly redactor: Redactor;
  readonly isSandboxed: boolean;
}

const MOST_CALLS = 5;
const MOST_SAMPLES = 3;
const LONGEST_SAMPLE = 200;
/** How long a process may take to end when its input has: what it holds has to be given back first. */
const END_MS = 10_000;

/** Starts a process, lets it do a few right things, ends its input, and tells what was seen of it. */
export async function liveOnce(parts: LifeParts): Promise<ProcessLife> {
  const { start, home, harmless, budget, redactor, isSandboxed } = parts;
  const stray = { count: 0, samples: [] as string[] };
  let isOut = false;
  const connection = await start((bytes, canary) => {
    const text = bytes.toString('utf8');
    isOut ||= text.includes(canary);
    if (isMessage(text)) return;
    stray.count += 1;
    if (stray.samples.length < MOST_SAMPLES) stray.samples.push(redactor.body(text.slice(0, LONGEST_SAMPLE)));
  });
  const { process } = connection;
  const exchanges: Exchange[] = [(await connection.ask('a right request', home.method, home.params)).exchange];
  for (const call of harmless.slice(0, MOST_CALLS)) {
    const params = { name: call.name, arguments: call.arguments };
    exchanges.push((await connection.ask(`a call of ${call.name.slice(0, 64)}`, 'tools/call', params)).exchange);
  }
  const sockets = process.sockets();
  const wasEnded = process.hasEnded();
  const ended = !wasEnded && (await process.endInput(Math.min(END_MS, budget.left())));
  const { endedFor, stderr, written } = await process.stop();
  const isInError = stderr.includes(process.canary);
  return {
    exchanges,
    stray,
    ...(sockets === undefined ? {} : { sockets }),
    ended,
    ...(endedFor === undefined ? {} : { endedFor }),
    canaryIn: [...(isOut ? (['standard output'] as const) : []), ...(isInError ? (['standard error'] as const) : [])],
    written,
    isSandboxed,
  };
}

/** What MCP allows on standard output: one message a line (MCP 2026-07-28 basic/transports/stdio). */
function isMessage(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    const all = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return all.length > 0 && all.every((each) => isObject(each) && each['jsonrpc'] === '2.0');
  } catch {
    return false;
  }
}
