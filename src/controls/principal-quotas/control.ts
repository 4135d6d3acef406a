import { QuotaExceeded } from '../../errors.ts';
import type { ToolEntry } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Meter } from '../../pipeline/meter.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { Ledger, QUOTA_CHANNEL, tell, type Spent } from './ledger.ts';

/** What a sandboxed call has used, and whose it was. */
export interface SandboxUse {
  readonly principal: string;
  readonly cpuMs: number;
  readonly diskBytes: number;
}

/** Keeps what each principal uses of the machine within its share. */
export interface Quotas {
  readonly decide: Decide;
  /** The meter of a call's capabilities. */
  meterOf(principal: string): Meter;
  /** Counts the milliseconds for which a handler has held the thread of the server. */
  held(exchange: Exchange, ms: number): void;
  /** Counts what a sandboxed call has used. */
  used(use: SandboxUse): void;
  /** Hears of other instances until the returned function is called. */
  begin(): Promise<() => void>;
}

/** Milliseconds of the server's thread that are not worth counting. */
const BRIEF_MS = 2;

/**
 * Bounds what one principal has of the machine, apart from how often it calls: calls of one tool at a time, and processor
 * time, bytes written, processes and log lines over a window. The counters are in the store, so that they hold on every
 * instance; what is used up is refused with `QUOTA_EXCEEDED` until the window ends.
 */
export function configure(settings: Settings, now: () => number = Date.now): Quotas | undefined {
  return isOn(settings, 'principal-quotas') ? new Shares(settings, now) : undefined;
}

class Shares implements Quotas {
  readonly #settings: Settings;
  readonly #now: () => number;
  readonly #ledger: Ledger;
  /** By name: the calls of a tool are counted on when its definition is replaced. */
  readonly #atWork = new Map<string, Map<string, number>>();

  constructor(settings: Settings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
    this.#ledger = new Ledger(settings.store, settings.limits, now, (principal, spent) => this.#tell(principal, spent));
  }

  readonly decide: Decide = (exchange) => {
    const { principal, target } = exchange;
    if (principal === undefined || target === undefined) return PASS;
    if (!this.#ledger.isQuiet) {
      const spent = this.#ledger.known(principal.id);
      if (spent !== undefined) return this.#refuse(spent);
    }
    if (target.kind !== 'tool' || !target.metered) return PASS;
    // Calls that use much ask the store; the others hear of it.
    const spent = this.#ledger.ask(principal.id);
    const judge = (settled: Spent | undefined): Decision =>
      settled === undefined ? this.#take(exchange, target, principal.id) : this.#refuse(settled);
    return spent instanceof Promise ? spent.then(judge) : judge(spent);
  };

  meterOf(principal: string): Meter {
    const take: Meter['take'] = (resource, amount) => this.#ledger.spend(principal, resource, amount);
    return {
      take,
      spend: (resource, amount) => {
        if (!take(resource, amount)) throw new QuotaExceeded(resource, this.#retryAfter(this.#windowEnd()));
      },
    };
  }

  held({ principal }: Exchange, ms: number): void {
    if (ms >= BRIEF_MS && principal !== undefined) this.#ledger.spend(principal.id, 'cpuMs', ms);
  }

  used({ principal, cpuMs, diskBytes }: SandboxUse): void {
    this.#ledger.spend(principal, 'processes', 1);
    this.#ledger.spend(principal, 'cpuMs', cpuMs);
    this.#ledger.spend(principal, 'diskBytes', diskBytes);
  }

  async begin(): Promise<() => void> {
    return this.#settings.store.subscribe(QUOTA_CHANNEL, (message) => this.#ledger.hear(message));
  }

  #take(exchange: Exchange, tool: ToolEntry, principal: string): Decision {
    const most = tool.concurrent ?? this.#settings.limits.concurrentPerTool;
    const callers = this.#atWork.get(tool.name) ?? new Map<string, number>();
    this.#atWork.set(tool.name, callers);
    const count = callers.get(principal) ?? 0;
    if (count >= most) return deny('CONCURRENCY_LIMIT', { retryAfter: 1, detail: `${most} of ${tool.name}` });
    callers.set(principal, count + 1);
    exchange.ends ??= [];
    exchange.ends.push(() => {
      const left = (callers.get(principal) ?? 1) - 1;
      if (left > 0) callers.set(principal, left);
      else callers.delete(principal);
    });
    return PASS;
  }

  #refuse({ resource, until }: Spent): Decision {
    return deny('QUOTA_EXCEEDED', { retryAfter: this.#retryAfter(until), detail: resource });
  }

  #retryAfter(until: number): number {
    return Math.max(1, Math.ceil((until - this.#now()) / 1000));
  }

  #windowEnd(): number {
    const { quotaWindowMs } = this.#settings.limits;
    return (Math.floor(this.#now() / quotaWindowMs) + 1) * quotaWindowMs;
  }

  #tell(principal: string, spent: Spent): void {
    const { store, recorder } = this.#settings;
    recorder.note({
      time: this.#now(),
      kind: 'alert',
      request: '-',
      principal,
      target: 'principal-quotas',
      detail: `${spent.resource} used up until ${new Date(spent.until).toISOString()}`,
    });
    const lost = () => process.emitWarning('a quota that is used up could not be told', 'StoreWarning');
    try {
      const told = store.publish(QUOTA_CHANNEL, tell(principal, spent));
      if (told instanceof Promise) told.catch(lost);
    } catch {
      lost();
    }
  }
}
