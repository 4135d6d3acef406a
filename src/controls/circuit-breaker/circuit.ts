/** When a circuit opens, and for how long. */
export interface CircuitRules {
  /** Failures of one caller within the window, and at least as many as its successes, that open it for that caller. */
  readonly failures: number;
  readonly windowMs: number;
  /** Milliseconds that it stays open at first; twice as long each time that a trial fails, up to twenty times. */
  readonly openMs: number;
}

/** Whether a call may go on. A trial has to be told of its end. */
export type Admission =
  | { readonly kind: 'go' }
  | { readonly kind: 'trial'; readonly end: (ok: boolean | undefined) => void }
  | { readonly kind: 'wait'; readonly ms: number; readonly forAll: boolean };

const GO: Admission = Object.freeze({ kind: 'go' });
/** Callers that have to fail, and to be half of all callers, before the circuit opens for everyone. */
const ENOUGH = 3;
const MOST_LONGER = 20;
const MOST_CALLERS = 1000;

/** Opens after failures, and lets one call at a time try again. */
class Gate {
  readonly #openMs: number;
  #openUntil = 0;
  #times = 0;
  #trials = 0;
  /** Until when the trial that is under way keeps others waiting: one that does not end tells nothing. */
  #tryingUntil = 0;
  #trial = 0;

  constructor(openMs: number) {
    this.#openMs = openMs;
  }

  /** Open, or not yet shown to work again. */
  get isShut(): boolean {
    return this.#times > 0;
  }

  shut(now: number): void {
    this.#openUntil = now + Math.min(2 ** this.#times, MOST_LONGER) * this.#openMs;
    this.#times++;
    this.#trials = 0;
  }

  reset(): void {
    this.#times = 0;
    this.#openUntil = 0;
  }

  /** Milliseconds to wait; 0 when a trial may be made. */
  wait(now: number): number {
    if (!this.isShut) return 0;
    return now < this.#tryingUntil ? Math.max(1, this.#openUntil - now, 1000) : Math.max(0, this.#openUntil - now);
  }

  /** Gives the number of the trial. */
  begin(now: number): number {
    this.#tryingUntil = now + this.#openMs;
    return ++this.#trial;
  }

  /**
   * Whether it shut again.
   * @param most Trials that have to fail before it does.
   */
  end(trial: number, ok: boolean | undefined, now: number, most: number): boolean {
    if (trial === this.#trial) this.#tryingUntil = 0;
    if (ok === true) this.reset();
    if (ok !== false || ++this.#trials < most) return false;
    this.shut(now);
    return true;
  }
}

/** One caller of a tool. */
interface Caller {
  readonly gate: Gate;
  /** Successes and failures of this window and of the one before. */
  now: Tally;
  before: Tally;
  /** When it may make the next trial for everyone: after one that failed, when enough others have tried. */
  nextTrial: number;
}

interface Tally {
  readonly from: number;
  ok: number;
  bad: number;
}

/**
 * The circuit of one tool. INVARIANT: what one caller can make fail opens it for that caller alone; it opens for everyone
 * when several callers fail, and no fewer than succeed.
 */
export class Circuit {
  readonly #rules: CircuitRules;
  readonly #callers = new Map<string, Caller>();
  readonly #all: Gate;

  constructor(rules: CircuitRules) {
    this.#rules = rules;
    this.#all = new Gate(rules.openMs);
  }

  admit(id: string, now: number): Admission {
    const caller = this.#callers.get(id);
    const [forAll, own] = [this.#all.wait(now), caller?.gate.wait(now) ?? 0];
    if (forAll > 0) return { kind: 'wait', ms: forAll, forAll: true };
    if (own > 0) return { kind: 'wait', ms: own, forAll: false };
    if (this.#all.isShut) {
      // One caller, who may mean harm, has one trial; another decides as well.
      if (caller !== undefined && caller.nextTrial > now) return { kind: 'wait', ms: this.#rules.openMs, forAll: true };
      return this.#try(id, true, now);
    }
    return caller?.gate.isShut === true ? this.#try(id, false, now) : GO;
  }

  /** Counts a call that was no trial; tells what it has opened, if anything. */
  count(id: string, ok: boolean, now: number): 'caller' | 'all' | undefined {
    const caller = this.#callerOf(id, now);
    if (ok) caller.now.ok++;
    else caller.now.bad++;
    if (ok || caller.gate.isShut) return undefined;
    const [bad, good] = [caller.now.bad + caller.before.bad, caller.now.ok + caller.before.ok];
    if (bad < this.#rules.failures || bad < good) return undefined;
    caller.gate.shut(now);
    if (this.#all.isShut || !this.#isEverybody(now)) return 'caller';
    this.#all.shut(now);
    for (const each of this.#callers.values()) each.nextTrial = 0;
    return 'all';
  }

  /** Whether nothing of it is worth keeping. */
  isIdle(now: number): boolean {
    if (this.#all.isShut) return false;
    return [...this.#callers.values()].every(
      ({ gate, now: { from } }) => !gate.isShut && isOver(from, now, this.#rules),
    );
  }

  #try(id: string, forAll: boolean, begun: number): Admission {
    const caller = this.#callerOf(id, begun);
    const gate = forAll ? this.#all : caller.gate;
    const trial = gate.begin(begun);
    if (forAll) caller.nextTrial = Number.POSITIVE_INFINITY;
    let ended = false;
    return {
      kind: 'trial',
      end: (ok) => {
        if (ended) return;
        ended = true;
        const now = Date.now();
        const isShutAgain = gate.end(trial, ok, now, forAll ? ENOUGH : 1);
        // A trial that came to nothing cannot be followed by another of the same caller at once.
        if (forAll && ok !== false) caller.nextTrial = ok === true ? 0 : begun + this.#rules.openMs;
        if (ok === true) caller.gate.reset();
        // After so many trials everybody may try again.
        if (forAll && isShutAgain) for (const each of this.#callers.values()) each.nextTrial = 0;
      },
    };
  }

  #isEverybody(now: number): boolean {
    let [shut, others] = [0, 0];
    for (const { gate, now: tally } of this.#callers.values()) {
      if (gate.isShut) shut++;
      else if (!isOver(tally.from, now, this.#rules) && tally.ok > 0) others++;
    }
    return shut >= ENOUGH && shut >= others;
  }

  #callerOf(id: string, now: number): Caller {
    const known = this.#callers.get(id);
    if (known !== undefined) return this.#turn(known, now);
    if (this.#callers.size >= MOST_CALLERS) {
      const [oldest] = this.#callers.keys();
      if (oldest !== undefined) this.#callers.delete(oldest);
    }
    const caller: Caller = {
      gate: new Gate(this.#rules.openMs),
      now: { from: now, ok: 0, bad: 0 },
      before: { from: 0, ok: 0, bad: 0 },
      nextTrial: 0,
    };
    this.#callers.set(id, caller);
    return caller;
  }

  #turn(caller: Caller, now: number): Caller {
    const age = now - caller.now.from;
    if (age < this.#rules.windowMs / 2) return caller;
    const nothing: Tally = { from: 0, ok: 0, bad: 0 };
    caller.before = age < this.#rules.windowMs ? caller.now : nothing;
    caller.now = { from: now, ok: 0, bad: 0 };
    return caller;
  }
}

function isOver(from: number, now: number, { windowMs }: CircuitRules): boolean {
  return now - from >= windowMs;
}
