import { styleText } from 'node:util';
import type { AuditEvent, Recorder } from '../record/event.ts';
import type { LogLine } from '../server/deployment.ts';

type Style = Parameters<typeof styleText>[0];

/** Colours text for a stream when it is a terminal that wants colours. */
export function paint(stream: NodeJS.WriteStream, style: Style, text: string): string {
  return styleText(style, text, { stream, validateStream: true });
}

/** One JSON object a line on standard error: the operator's log of a server in production. */
export function createJsonLog(redact: (text: string) => string): (line: LogLine) => void {
  return ({ level, message, fields }) => {
    const line = JSON.stringify({ time: new Date().toISOString(), level, message: redact(message), ...fields });
    process.stderr.write(`${line}\n`);
  };
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
  if (event.kind !== 'outcome') return undefined;
  const took = event.ms === undefined ? '' : `${event.ms.toFixed(1)} ms`;
  return `${time}  ${paint(stdout, 'green', 'pass'.padEnd(18))} ${what.padEnd(28)} ${paint(stdout, 'dim', took)}`;
}

/** INVARIANT: what a caller sent cannot move the cursor or colour the terminal. */
function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 160);
}
