import type { IsolatedCall } from './call.ts';
import type { Cell } from './cell.ts';
import { SandboxBusy, SandboxFailure } from './failure.ts';
import { StartBudget } from './start-budget.ts';

/** Bounds on warm handlers. */
export interface PoolLimits {
  /** Of one principal, at work and idle together. */
  readonly perPrincipal: number;
  /** Of all principals, and those that are kept ready for the next one. */
  readonly total: number;
  /** Kept started and unused, for a first call. */
  readonly ready: number;
  /** Milliseconds after which an idle one ends. */
  readonly idleMs: number;
  /** Calls after which one is replaced. */
  readonly calls: number;
  /** Milliseconds of processor time after which one is replaced. */
  readonly cpuMs: number;
  /** Calls of one principal that wait for a place. */
  readonly waiting: number;
}

interface Entry {
  readonly cell: Cell;
  /** Whose it is, from its first call to its end. */
  owner: { readonly principal: string; readonly tool: string } | undefined;
  busy: boolean;
  idleSince: number;
}

interface Waiter {
  readonly call: IsolatedCall;
  readonly give: (entry: Entry) => void;
  readonly refuse: (error: unknown) => void;
}

/**
 * Warm handlers of one kind. INVARIANT: one that has worked for a principal works for no other, and for no other tool of
 * the same: what a call left in its memory meets only its own kind.
 */
export class Pool {
  readonly #start: () => Cell;
  readonly #limits: PoolLimits;
  readonly #entries: Set<Entry> = new Set();
  readonly #starts: StartBudget;
  #waiters: Waiter[] = [];
  #closed = false;
  readonly #sweeper: NodeJS.Timeout;

  constructor(start: () => Cell, limits: PoolLimits) {
    this.#start = start;
    this.#limits = limits;
    this.#starts = new StartBudget(limits.perPrincipal * 2, () => this.#serveWaiters());
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(50, limits.idleMs / 4)).unref();
  }

  /** Starts one and waits until its module is loaded: the names of its tools. It is kept for the first call. */
  async open(): Promise<readonly string[]> {
    const { cell } = this.#add();
    return cell.ready;
  }

  /**
   * Does a call in a handler of its principal and tool.
   * @throws SandboxBusy when too many calls of the principal wait already, or the call ends while it waits.
   */
  async run(call: IsolatedCall): Promise<unknown> {
    const entry = this.#take(call) ?? (await this.#wait(call));
    try {
      await Promise.race([entry.cell.ready, aborted(call.signal)]);
      return await entry.cell.run(call);
    } finally {
      this.#release(entry, call);
    }
  }

  /** Ends the handlers that belong to the principals and tools that are meant, at work or not. */
  endFor(isMeant: (owner: { readonly principal: string; readonly tool: string }) => boolean): void {
    for (const entry of this.#entries) if (entry.owner !== undefined && isMeant(entry.owner)) this.#end(entry);
    this.#serveWaiters();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#sweeper);
    this.#starts.close();
    for (const { refuse } of this.#waiters.splice(0)) refuse(new SandboxBusy('the host closes'));
    const ends = [...this.#entries].map(({ cell }) => cell.ended);
    for (const entry of this.#entries) this.#end(entry);
    await Promise.all(ends);
  }

  #take(call: IsolatedCall): Entry | undefined {
    // INVARIANT: nothing is started that nobody would end.
    if (this.#closed) return undefined;
    const owner = { principal: call.principal.id, tool: call.tool };
    const own = [...this.#entries].filter((entry) => entry.owner?.principal === owner.principal);
    const warm = own.find((entry) => !entry.busy && entry.owner?.tool === owner.tool);
    const entry = warm ?? this.#claim(own, owner.principal);
    if (entry === undefined) return undefined;
    entry.owner ??= owner;
    entry.busy = true;
    if (warm === undefined) {
      this.#starts.take(owner.principal);
      this.#prepare();
    }
    return entry;
  }

  /** One that no one has had, if the principal may have another; room is made by ending what is idle. */
  #claim(own: readonly Entry[], principal: string): Entry | undefined {
    if (!this.#starts.has(principal)) return undefined;
    if (own.length >= this.#limits.perPrincipal && !this.#evict(own)) return undefined;
    const unused = [...this.#entries].find(({ owner }) => owner === undefined);
    if (unused !== undefined) return unused;
    const full = this.#entries.size >= this.#limits.total;
    return full && !this.#evict([...this.#entries]) ? undefined : this.#add();
  }

  #evict(among: readonly Entry[]): boolean {
    const idle = among.filter(({ busy, owner }) => !busy && owner !== undefined);
    const oldest = idle.toSorted((a, b) => a.idleSince - b.idleSince)[0];
    if (oldest !== undefined) this.#end(oldest);
    return oldest !== undefined;
  }

  /** Keeps some started for calls to come. */
  #prepare(): void {
    const unused = [...this.#entries].filter(({ owner }) => owner === undefined).length;
    if (this.#closed || unused >= this.#limits.ready || this.#entries.size >= this.#limits.total) return;
    try {
      this.#add();
    } catch {
      // The call that has one does not suffer from it; the next that needs one is told.
    }
  }

  /** @throws SandboxFailure when the machine gives none. */
  #add(): Entry {
    const entry: Entry = { cell: this.#begin(), owner: undefined, busy: false, idleSince: Date.now() };
    this.#entries.add(entry);
    void this.#forgetWhenEnded(entry);
    return entry;
  }

  #begin(): Cell {
    try {
      return this.#start();
    } catch (error) {
      throw new SandboxFailure(`it could not be started: ${String(error)}`);
    }
  }

  async #forgetWhenEnded(entry: Entry): Promise<void> {
    await entry.cell.ended;
    this.#entries.delete(entry);
    this.#serveWaiters();
  }

  #end(entry: Entry): void {
    this.#entries.delete(entry);
    entry.cell.kill();
  }

  #release(entry: Entry, { signal }: IsolatedCall): void {
    const { cell } = entry;
    entry.busy = false;
    entry.idleSince = Date.now();
    const spent = cell.calls >= this.#limits.calls || cell.cpuMs >= this.#limits.cpuMs;
    // What was cut short is in a state that no one knows.
    if (!cell.alive || spent || signal.aborted || this.#closed) this.#end(entry);
    this.#serveWaiters();
  }

  #wait(call: IsolatedCall): Promise<Entry> {
    const same = this.#waiters.filter((waiter) => waiter.call.principal.id === call.principal.id).length;
    if (this.#closed || same >= this.#limits.waiting)
      return Promise.reject(new SandboxBusy('too many calls of the principal wait for a sandbox'));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(new SandboxBusy('the call ended while it waited for a sandbox'));
      };
      const waiter: Waiter = {
        call,
        give: (entry) => {
          call.signal.removeEventListener('abort', leave);
          resolve(entry);
        },
        refuse: (error) => {
          call.signal.removeEventListener('abort', leave);
          reject(error);
        },
      };
      this.#waiters.push(waiter);
      call.signal.addEventListener('abort', leave, { once: true });
    });
  }

  #serveWaiters(): void {
    if (this.#closed) return;
    this.#waiters = this.#waiters.filter(({ call, give, refuse }) => {
      try {
        const entry = this.#take(call);
        if (entry !== undefined) give(entry);
        return entry === undefined;
      } catch (error) {
        refuse(error);
        return false;
      }
    });
  }

  #sweep(): void {
    this.#starts.sweep();
    const before = Date.now() - this.#limits.idleMs;
    for (const entry of this.#entries) {
      if (!entry.busy && entry.owner !== undefined && entry.idleSince < before) this.#end(entry);
    }
  }
}

/** Resolves when a call is over: it does not wait for what is being started. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
