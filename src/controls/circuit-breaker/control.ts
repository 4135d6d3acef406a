import type { ErrorCode } from '../../errors.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type Denial } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { Circuit, type CircuitRules } from './circuit.ts';

/** Pauses tools that fail. */
export interface CircuitBreaker {
  readonly decide: Decide;
  /** Hears what the work of an exchange came to: nothing where it succeeded. */
  settled(exchange: Exchange, denial: Denial | undefined): void;
}

/** Refusals that are the tool's own fault: it threw, took too long, broke its sandbox or its own output schema. */
const FAULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TOOL_FAILED',
  'DEADLINE_EXCEEDED',
  'SANDBOX_FAILED',
  'UPSTREAM_FAILED',
  'OUTPUT_INVALID',
]);

/**
 * Refuses calls of a tool that keeps failing with `CIRCUIT_OPEN` and when to try again, and lets one call at a time find
 * out. Only the tool's own faults count: arguments that are refused, `PublicError`, approvals and cancellations do not.
 * A tool that does not fail costs one look at an empty table.
 */
export function configure(settings: Settings): CircuitBreaker | undefined {
  if (!isOn(settings, 'circuit-breaker')) return undefined;
  const { limits, recorder } = settings;
  const rules: CircuitRules = {
    failures: limits.breakerFailures,
    windowMs: limits.breakerWindowMs,
    openMs: limits.breakerOpenMs,
  };
  // By name, so that a tool that is paused stays so when its definition is replaced.
  const circuits = new Map<string, Circuit>();
  const trials = new WeakMap<Exchange, (ok: boolean | undefined) => void>();

  return {
    decide(exchange: Exchange): Decision {
      if (circuits.size === 0) return PASS;
      const { target, principal } = exchange;
      const circuit = target?.kind === 'tool' ? circuits.get(target.name) : undefined;
      if (circuit === undefined || principal === undefined) return PASS;
      const admission = circuit.admit(principal.id, Date.now());
      if (admission.kind === 'wait') {
        const detail = admission.forAll ? 'open for everyone' : 'open for this caller';
        return deny('CIRCUIT_OPEN', { retryAfter: Math.ceil(admission.ms / 1000), detail });
      }
      if (admission.kind === 'trial') {
        trials.set(exchange, admission.end);
        // A call that another control refuses has tried nothing.
        exchange.ends ??= [];
        exchange.ends.push(() => admission.end(undefined));
      }
      return PASS;
    },
    settled(exchange: Exchange, denial: Denial | undefined): void {
      const { target, principal } = exchange;
      if (target?.kind !== 'tool' || principal === undefined) return;
      const ok = denial === undefined ? true : isFault(denial) ? false : undefined;
      const end = trials.get(exchange);
      if (end !== undefined) return end(ok);
      if (ok === undefined) return;
      let circuit = circuits.get(target.name);
      if (circuit === undefined) {
        if (ok) return;
        circuit = new Circuit(rules);
        circuits.set(target.name, circuit);
      }
      const now = Date.now();
      const opened = circuit.count(principal.id, ok, now);
      if (ok && circuit.isIdle(now)) circuits.delete(target.name);
      if (opened === undefined) return;
      recorder.note({
        time: now,
        kind: 'alert',
        request: exchange.id,
        target: target.name,
        ...(opened === 'caller' ? { principal: principal.id } : {}),
        detail: opened === 'caller' ? 'circuit open for one caller' : 'circuit open for everyone',
      });
    },
  };
}

/** A refusal with a hint was thrown on purpose, to be read. */
function isFault({ code, hint }: Denial): boolean {
  return FAULTS.has(code) && !(code === 'TOOL_FAILED' && hint !== undefined);
}
