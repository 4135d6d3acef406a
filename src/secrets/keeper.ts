import { timingSafeEqual } from 'node:crypto';
import type { SecretSettings } from './options.ts';
import type { SecretSource } from './opaque.ts';
import type { Reading } from './provider.ts';
import { createSchedule, type Schedule } from './schedule.ts';

/** Fewer characters can be guessed, and occur in texts by chance. */
const SHORTEST = 8;
const READ_MS = 10_000;
/** For so long after its end an old value is still taken out of logs and results. */
const REMEMBERED_MS = 24 * 3_600_000;
const LONGEST_TIMER_MS = 2_147_483_647;

/** What became of one reading. */
export interface RotationEvent {
  readonly name: string;
  readonly decision: 'loaded' | 'accepted' | 'refused';
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Holds no value. */
  readonly detail: string;
}

/** What one secret needs of its vault. */
export interface KeeperContext {
  readonly provider: string;
  read(signal: AbortSignal): Promise<Reading>;
  /** Makes a value known to the redactor; the function that comes back makes it forget. */
  remember(value: string): () => void;
  /** Says in a sentence why a value may not be used beside the others, or what to warn of. */
  judge(value: string): Promise<{ readonly refuse?: string; readonly warn?: string }>;
  /** Resolves when the event is on the audit log; rejects when it cannot be. */
  record(event: RotationEvent): Promise<void>;
  log(line: string): void;
  now(): number;
}

interface Present {
  readonly value: string;
  readonly version: string;
  readonly since: number;
  readonly forget: () => void;
}

/** One secret over its life: its present value, those before it, and what was wrong at the last reading. */
export class Keeper implements SecretSource {
  readonly name: string;
  readonly provider: string;
  readonly settings: SecretSettings;
  readonly #context: KeeperContext;
  readonly #listeners = new Set<() => void>();
  readonly #schedule: Schedule;
  #present: Present | undefined;
  #retired: readonly { readonly value: string; readonly until: number }[] = [];
  #confirmedAt = 0;
  #readings = 0;
  #notes: readonly string[] = [];
  #fault: string | undefined;
  #warning: string | undefined;
  #reading: Promise<boolean> | undefined;
  #closed = false;

  constructor(name: string, settings: SecretSettings, context: KeeperContext) {
    this.name = name;
    this.provider = context.provider;
    this.settings = settings;
    this.#context = context;
    this.#schedule = createSchedule(settings.refreshMs, () => this.refresh());
  }

  /**
   * Reads the first value.
   * @throws TypeError that says why there is none.
   */
  async load(): Promise<void> {
    await this.refresh();
    if (this.#present === undefined) throw new TypeError(`secrets.${this.name}: ${this.#fault ?? 'it has no value'}.`);
  }

  /** Reads it again on schedule from now on. */
  follow(): void {
    this.#schedule.start();
  }

  present(): string {
    const present = this.#present;
    if (present === undefined || this.#closed) throw new Error(`the secret "${this.name}" has no value`);
    // INVARIANT: a value that could not be confirmed for too long may have been revoked: nothing is done with it.
    if (this.#context.now() - this.#confirmedAt > this.settings.maxStaleMs)
      throw new Error(`the secret "${this.name}" could not be read again for too long (maxStale)`);
    return present.value;
  }

  accepted(): readonly string[] {
    const now = this.#context.now();
    return [this.present(), ...this.#retired.filter(({ until }) => until > now).map(({ value }) => value)];
  }

  /** Milliseconds since the epoch at which the present value was made, or first seen. */
  get since(): number {
    return this.#present?.since ?? 0;
  }

  /** What is wrong now, in sentences. */
  problems(): readonly string[] {
    const { maxAgeMs } = this.settings;
    const age = this.#context.now() - this.since;
    const old = maxAgeMs !== undefined && this.#present !== undefined && age > maxAgeMs;
    return [
      ...(this.#fault === undefined ? [] : [this.#fault]),
      ...this.#notes,
      ...(this.#warning === undefined ? [] : [this.#warning]),
      ...(old ? [`it is ${days(age)} days old, and ${days(maxAgeMs)} are allowed (maxAge). Rotate it`] : []),
    ];
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Reads it again: whether the value changed. Calls that come meanwhile share the reading. */
  refresh(): Promise<boolean> {
    if (this.#closed) return Promise.resolve(false);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  close(): void {
    this.#closed = true;
    this.#schedule.stop();
    this.#listeners.clear();
    this.#retired = [];
  }

  async #read(): Promise<boolean> {
    let reading: Reading;
    try {
      reading = await this.#context.read(AbortSignal.timeout(READ_MS));
    } catch (error) {
      await this.#refuse(`it cannot be read: ${error instanceof Error ? error.message : 'no reason was given'}`);
      return false;
    }
    this.#notes = reading.problems ?? [];
    const present = this.#present;
    if (present !== undefined && isSame(present.value, reading.value)) {
      this.#confirm();
      return false;
    }
    const { refuse: fault, warn } = judgeAlone(reading.value) ?? (await this.#context.judge(reading.value));
    this.#warning = warn;
    if (fault !== undefined) {
      await this.#refuse(`the value that was read is refused: ${fault}`);
      return false;
    }
    return this.#adopt(reading);
  }

  async #adopt({ value, version, madeAt }: Reading): Promise<boolean> {
    const { name, provider } = this;
    const before = this.#present;
    // INVARIANT: the redactor knows a value before anyone can use it.
    const forget = this.#context.remember(value);
    const label = version ?? `reading ${++this.#readings}`;
    try {
      await this.#context.record({
        name,
        decision: before === undefined ? 'loaded' : 'accepted',
        before: before?.version,
        after: label,
        detail: `from ${provider}`,
      });
    } catch {
      // INVARIANT: a rotation that cannot be recorded does not happen. It is tried again.
      forget();
      await this.#refuse('the audit log could not be written', false);
      return false;
    }
    const now = this.#context.now();
    if (this.#closed) return false;
    this.#present = { value, version: label, since: Math.min(madeAt ?? now, now), forget };
    if (before !== undefined) this.#retire(before, now);
    this.#confirm();
    for (const listener of this.#listeners) this.#tell(listener);
    return true;
  }

  #retire({ value, forget }: Present, now: number): void {
    const { overlapMs } = this.settings;
    this.#retired = [{ value, until: now + overlapMs }, ...this.#retired.filter(({ until }) => until > now)];
    later(overlapMs + 1, () => {
      const time = this.#context.now();
      this.#retired = this.#retired.filter(({ until }) => until > time);
    });
    later(overlapMs + REMEMBERED_MS, forget);
  }

  #confirm(): void {
    this.#confirmedAt = this.#context.now();
    this.#fault = undefined;
    this.#schedule.succeeded();
  }

  /** Keeps the value that there is, and tells once what is wrong with the new one. */
  async #refuse(fault: string, recorded = true): Promise<void> {
    const isNew = this.#fault !== fault;
    this.#fault = fault;
    this.#schedule.failed();
    if (!isNew || this.#present === undefined) return;
    this.#context.log(`secret ${this.name}: ${fault}; the value before stays in use`);
    const { name } = this;
    const event = {
      name,
      decision: 'refused',
      before: this.#present.version,
      after: undefined,
      detail: fault,
    } as const;
    if (recorded) await this.#context.record(event).catch(() => undefined);
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch {
      this.#context.log(`secret ${this.name}: a listener failed at the rotation`);
    }
  }
}

function judgeAlone(value: string): { readonly refuse: string; readonly warn?: string } | undefined {
  const refuse = faultOf(value);
  return refuse === undefined ? undefined : { refuse };
}

/** What is wrong with a value by itself; nothing when it will do. */
export function faultOf(value: string): string | undefined {
  if (value === '') return 'it is empty';
  if (value.trim() === '') return 'it is blank';
  return value.length < SHORTEST ? `it has fewer than ${SHORTEST} characters` : undefined;
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

function days(ms: number): number {
  return Math.floor(ms / 86_400_000);
}

function later(ms: number, run: () => void): void {
  setTimeout(run, Math.min(ms, LONGEST_TIMER_MS)).unref();
}
