import { recordedValues } from './values.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { AuditEvent, Recorder } from '../../record/event.ts';

/** Writes what happens to a request into the audit log. */
export interface AuditRecord {
  /** Durable before the work begins; a denial when it cannot be written. */
  intent(exchange: Exchange): MaybePromise<Decision>;
  /**
   * What the request came to, or the question that its answer asks: durable before the answer leaves; a denial when it
   * cannot be written.
   */
  outcome(exchange: Exchange, answer: string): MaybePromise<Decision>;
  /** A refusal; nobody waits for it. */
  denied(exchange: Exchange): void;
}

/**
 * Records every operation and every refusal: who, as which client, what, on which definition, with which arguments (as a
 * keyed digest), and how it ended. An effect is recorded before it happens; what cannot be recorded does not happen.
 */
export function configure(settings: Settings): AuditRecord {
  if (!isOn(settings, 'audit-record')) return { intent: () => PASS, outcome: () => PASS, denied: () => undefined };
  const { recorder, digest } = settings;
  return {
    intent: (exchange) => append(recorder, describe(settings, exchange, 'intent')),
    outcome(exchange: Exchange, answer: string): MaybePromise<Decision> {
      const asks = exchange.denial === undefined && exchange.result?.['resultType'] === 'input_required';
      const event: AuditEvent = {
        ...describe(settings, exchange, asks ? 'elicitation' : 'outcome'),
        ...(asks ? {} : { decision: exchange.denial?.code ?? 'pass' }),
        ...(exchange.denial?.detail === undefined ? {} : { detail: exchange.denial.detail }),
        ...(exchange.original === undefined ? {} : { original: exchange.original }),
        result: digest(answer),
        bytes: Buffer.byteLength(answer),
        ms: Date.now() - exchange.startedAt,
      };
      return append(recorder, event);
    },
    denied(exchange: Exchange): void {
      const { denial, deniedBy } = exchange;
      if (denial === undefined) return;
      try {
        recorder.note({
          ...describe(settings, exchange, 'denied'),
          decision: denial.code,
          ...(deniedBy === undefined ? {} : { control: deniedBy }),
          ...(denial.detail === undefined ? {} : { detail: denial.detail }),
          ...(denial.scopes === undefined ? {} : { scopes: denial.scopes }),
        });
      } catch {
        // The caller is refused either way, and a log that breaks must not take the refusal with it.
        process.emitWarning('a refusal could not be recorded', 'RecordWarning');
      }
    },
  };
}

async function append(recorder: Recorder, event: AuditEvent): Promise<Decision> {
  try {
    await recorder.append(event);
    return PASS;
  } catch (error) {
    return deny('RECORD_FAILED', { detail: error instanceof Error ? error.message : 'unknown' });
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function describe(
  settings: Settings,
  exchange: Exchange,
  kind: 'intent' | 'outcome' | 'elicitation' | 'denied',
): AuditEvent {
  const { principal, message, target, transport, era, argsDigest, trace } = exchange;
  const event: Mutable<AuditEvent> = { time: Date.now(), kind, request: exchange.id, host: 'server', transport, era };
  if (message !== undefined && message.kind !== 'response') event.method = message.method;
  if (target !== undefined) {
    event.target = target.kind === 'resource' ? (target.template?.template ?? target.uri ?? target.name) : target.name;
    event.definition = target.digest;
  }
  if (principal !== undefined) {
    event.principal = principal.id;
    event.client = principal.client;
    if (principal.tenant !== undefined) event.tenant = principal.tenant;
  }
  if (argsDigest !== undefined) event.args = argsDigest;
  const values = recordedValues(target, exchange.args, settings);
  if (values !== undefined) event.values = values;
  if (trace !== undefined) event.trace = trace;
  return event;
}
