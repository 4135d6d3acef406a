import { neutralise } from '../../text/neutralise.ts';
import type { Capability, CapabilityContext, CapabilityHandle, CapabilityRuntime, Remote } from '../capability.ts';

/** A value of a log line. */
export type LogValue = string | number | boolean | null;

/** Writes lines of declared fields to the operator's log. */
export interface Log<Field extends string> {
  debug(message: string, fields?: Readonly<Partial<Record<Field, LogValue>>>): void;
  info(message: string, fields?: Readonly<Partial<Record<Field, LogValue>>>): void;
  warning(message: string, fields?: Readonly<Partial<Record<Field, LogValue>>>): void;
  error(message: string, fields?: Readonly<Partial<Record<Field, LogValue>>>): void;
}

const MAX_MESSAGE = 500;
const MAX_VALUE = 200;
const MAX_FIELDS = 32;
const RESERVED = new Set(['level', 'message', 'request', 'principal']);

/**
 * Declares structured log lines. Only the fields that are named here are written; anything else that a call passes is
 * dropped, so a whole object cannot slip into the log. The host redacts each line.
 * @throws TypeError for more than 32 fields, or a name that is not an identifier or is taken.
 */
export function log<Field extends string = never>(fields: readonly Field[] = []): Capability<Log<Field>> {
  if (!Array.isArray(fields) || fields.length > MAX_FIELDS)
    throw new TypeError(`log() takes up to ${MAX_FIELDS} fields.`);
  for (const field of fields) {
    if (!/^[A-Za-z]\w{0,63}$/.test(field) || RESERVED.has(field)) {
      throw new TypeError(
        `log() cannot have the field ${JSON.stringify(field)}. Use another name of letters and digits.`,
      );
    }
  }
  const declared = Object.freeze([...new Set(fields)]);
  return Object.freeze({
    kind: 'log',
    declares: Object.freeze({ fields: declared }),
    remote: REMOTE,
    open: (runtime: CapabilityRuntime): CapabilityHandle<Log<Field>> => ({
      grant: (context) => createLog(declared, runtime, context),
      close: () => undefined,
    }),
  });
}

/** From inside of a sandbox a line is sent and not waited for; the host cleans it as any other. */
const REMOTE: Remote<Log<never>> = Object.freeze({
  methods: ['debug', 'info', 'warning', 'error'],
  face(call: (method: string, args: readonly unknown[]) => Promise<unknown>): Log<never> {
    const at = (level: string) => (message: string, fields?: object) =>
      void call(level, fields === undefined ? [message] : [message, fields]).catch(() => undefined);
    return Object.freeze({ debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') });
  },
  serve(granted: Log<never>, method: string, [message, fields]: readonly unknown[]): undefined {
    const level = (['debug', 'info', 'warning', 'error'] as const).find((name) => name === method);
    if (level === undefined || typeof message !== 'string') throw new TypeError('log: a line has a level and a text.');
    granted[level](message, typeof fields === 'object' && fields !== null ? fields : {});
  },
});

function createLog<Field extends string>(
  declared: readonly Field[],
  runtime: CapabilityRuntime,
  { request, principal, meter }: CapabilityContext,
): Log<Field> {
  const at =
    (level: string) =>
    (message: string, fields?: Readonly<Partial<Record<Field, LogValue>>>): void => {
      const given: Readonly<Record<string, unknown>> = fields ?? {};
      const line: Record<string, LogValue> = { request, principal: principal.id };
      for (const field of declared) {
        const value = Object.hasOwn(given, field) ? given[field] : undefined;
        if (typeof value === 'string') line[field] = clean(value, MAX_VALUE);
        else if (value === null || typeof value === 'boolean') line[field] = value;
        else if (typeof value === 'number') line[field] = Number.isFinite(value) ? value : String(value);
      }
      const text = clean(message, MAX_MESSAGE);
      const length = text.length + JSON.stringify(line).length;
      if (meter?.take('logBytes', length) !== false) runtime.log(text, level, line);
    };
  return Object.freeze({ debug: at('debug'), info: at('info'), warning: at('warning'), error: at('error') });
}

/** One line of visible text: a caller's line feeds must not make lines of their own in a viewer. */
function clean(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}...` : text;
  return neutralise(cut.toWellFormed()).replaceAll(/[\t\r\n]+/g, ' ');
}
