import { styleText } from 'node:util';
import { pino } from 'pino';
import type { AuditEvent, Recorder } from '../record/event.ts';
import type { LogLine } from '../server/deployment.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream when it is a terminal that wants colours. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** The operator's log of a server in use: one JSON object a line on standard error. */
export interface JsonLog {
  readonly write: (line: LogLine) => void;
  /** Writes what waits; for the end of the process. */
  flush(): void;
}

const LEVELS: ReadonlySet<string> = new Set(['debug', 'info', 'warn', 'error', 'fatal']);

/** Opens it. Every text passes `redact` on its way. */
export function createJsonLog(redact: (text: string) => string): JsonLog {
  const destination = pino.destination({ dest: 2, sync: false });
  const logger = pino(
    {
      base: null,
      level: 'debug',
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const clear = (value: unknown): unknown => {
    if (typeof value === 'string') return redact(value);
    return typeof value === 'number' || typeof value === 'boolean' ? value : redact(JSON.stringify(value) ?? '');
  };
  return {
    write({ level, message, fields }): void {
      const cleared = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clear(value)]));
      const name = level === 'warning' ? 'warn' : level;
      // Apart, so that a handler's field cannot pass for the time or the level of the line.
      logger[isLevel(name) ? name : 'info']({ fields: cleared }, redact(message));
    },
    flush: () => destination.flushSync(),
  };
}

function isLevel(name: string): name is 'debug' | 'info' | 'warn' | 'error' | 'fatal' {
  return LEVELS.has(name);
}

/** Lets a person watch what the audit log takes, one line per decision, while it is taken. */
export function watched(recorder: Recorder, write: (line: string) => void): Recorder {
  return {
    append(event) {
      const line = describe(event);
      if (line !== undefined) write(line);
      return recorder.append(event);
    },
    note(event) {
      const line = describe(event);
      if (line !== undefined) write(line);
      recorder.note(event);
    },
    get healthy() {
      return recorder.healthy;
    },
    close: () => recorder.close(),
  };
}

function describe(event: AuditEvent): string | undefined {
  const { stdout } = process;
  const time = new Date(event.time).toTimeString().slice(0, 8);
  const what = [event.method ?? '-', event.target ?? ''].join(' ').trimEnd();
  if (event.kind === 'denied' || (event.kind === 'outcome' && event.decision !== 'pass')) {
    const why = [event.control, event.detail].filter((part) => part !== undefined && part !== '').join(': ');
    return `${time}  ${paint(stdout, 'red', (event.decision ?? 'denied').padEnd(18))} ${what.padEnd(28)} ${paint(stdout, 'dim', clean(why))}`;
  }
  if (event.kind !== 'outcome' && event.kind !== 'elicitation') return undefined;
  const [style, word] = event.kind === 'outcome' ? (['green', 'pass'] as const) : (['cyan', 'asks'] as const);
  const took = event.ms === undefined ? '' : `${event.ms.toFixed(1)} ms`;
  return `${time}  ${paint(stdout, style, word.padEnd(18))} ${what.padEnd(28)} ${paint(stdout, 'dim', took)}`;
}

/** INVARIANT: what a caller sent cannot move the cursor or colour the terminal. */
function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 160);
}
