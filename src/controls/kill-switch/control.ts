import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type Denial, type MaybePromise } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { Message } from '../../protocol/message.ts';
import type { AuditEvent } from '../../record/event.ts';
import {
  openRegister,
  REGISTER_CHANNEL,
  REGISTER_KEY,
  type Register,
  type Switch,
  type SwitchKind,
} from './register.ts';

/** Milliseconds after which an instance that serves no request looks at the register by itself. */
const LOOK_MS = 1_000;

/** Ends the streams and sessions of the principals that match. */
export type EndFor = (test: (principal: Principal) => boolean) => void;

/** The switches, as an instance obeys them. */
export interface KillSwitch {
  readonly decide: Decide;
  /**
   * Watches a call at work: `stop` is called once, at once or later, when what it belongs to is switched off. The function
   * that is given back ends the watch.
   */
  watch(exchange: Exchange, stop: (denial: Denial) => void): () => void;
  /** Whether the caller and target of an exchange are switched off, as far as this instance knows. */
  blocks(exchange: Exchange): boolean;
  /** Hears of changes until the returned function is called. */
  begin(endFor: EndFor): Promise<() => void>;
}

interface Watched {
  readonly exchange: Exchange;
  readonly stop: (denial: Denial) => void;
}

/**
 * Refuses whatever an operator has switched off, from the next request on, and ends what is open of it. The register is in
 * the store, sealed with the root key; each request looks at it (once for all requests that one turn of the event loop
 * brings), so that no message has to arrive first. What cannot be read, is gone or has gone back refuses everything.
 */
export function configure(settings: Settings): KillSwitch | undefined {
  return isOn(settings, 'kill-switch') ? new Board(settings) : undefined;
}

class Board implements KillSwitch {
  readonly #settings: Settings;
  readonly #watched = new Set<Watched>();
  /** The text of the register that was read last. */
  #text: string | undefined;
  #register: Register = { sequence: 0, switches: [] };
  /** Why the register cannot be believed. */
  #distrust: string | undefined;
  #off: ReadonlyMap<string, Switch> = new Map();
  #isFresh = false;
  /** Reads of the register that were begun, and the last of them whose answer was taken. */
  #looks = 0;
  #taken = 0;
  #endFor: EndFor = () => undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  readonly decide: Decide = (exchange) => {
    if (this.#isFresh) return this.#judge(exchange);
    const looked = this.#look();
    return looked instanceof Promise ? looked.then(() => this.#judge(exchange)) : this.#judge(exchange);
  };

  watch(exchange: Exchange, stop: (denial: Denial) => void): () => void {
    const entry: Watched = { exchange, stop };
    // What was switched off since it was decided on.
    const decision = this.#judge(exchange);
    if (decision.pass) this.#watched.add(entry);
    else stop(decision);
    return () => this.#watched.delete(entry);
  }

  blocks(exchange: Exchange): boolean {
    return !this.#judge(exchange).pass;
  }

  async begin(endFor: EndFor): Promise<() => void> {
    this.#endFor = endFor;
    const stop = await this.#settings.store.subscribe(REGISTER_CHANNEL, () => this.#hear());
    await this.#look();
    // A message can be lost with the process that was to send it, or come while this one stands still.
    const timer = setInterval(() => this.#hear(), LOOK_MS).unref();
    return () => {
      clearInterval(timer);
      stop();
    };
  }

  #judge({ principal, message }: Exchange): Decision {
    if (this.#distrust !== undefined) return deny('DISABLED', { detail: this.#distrust });
    if (this.#off.size === 0) return PASS;
    const found =
      this.#find('server', '*') ??
      (principal === undefined ? undefined : this.#find('principal', principal.id)) ??
      (principal === undefined ? undefined : this.#find('client', principal.client)) ??
      (isCall(message) ? this.#find('tool', String(message.params['name'])) : undefined);
    return found === undefined ? PASS : deny('DISABLED', { detail: `${found.kind} ${found.name}: ${found.reason}` });
  }

  #find(kind: SwitchKind, name: string): Switch | undefined {
    const found = this.#off.get(`${kind} ${name}`);
    return found?.until === undefined || found.until > Date.now() ? found : undefined;
  }

  /** Reads the register; it need not be read again for what this turn of the event loop has received already. */
  #look(): MaybePromise<void> {
    const look = ++this.#looks;
    const text = this.#settings.store.get(REGISTER_KEY);
    if (text instanceof Promise) return text.then((settled) => this.#receive(look, settled));
    this.#isFresh = true;
    setImmediate(this.#stale);
    return this.#take(text);
  }

  /** INVARIANT: an answer that was asked for before another one that is here already is older than that one. */
  #receive(look: number, text: string | undefined): void {
    if (look < this.#taken) return;
    this.#taken = look;
    this.#take(text);
  }

  readonly #stale = (): void => {
    this.#isFresh = false;
  };

  #hear(): void {
    try {
      const looked = this.#look();
      if (looked instanceof Promise) looked.catch(() => undefined);
    } catch {
      // The store is out of reach; each request asks it again, and is refused by that.
    }
  }

  #take(text: string | undefined): void {
    if (text === this.#text && this.#distrust === undefined) return;
    if (text === this.#text && text !== undefined) return;
    const before = this.#register.switches;
    this.#text = text;
    const register = text === undefined ? undefined : openRegister(this.#settings.sealer, text);
    const distrust = this.#doubt(text, register);
    if (distrust !== undefined) return this.#refuseAll(distrust);
    this.#distrust = undefined;
    this.#register = register ?? this.#register;
    const { switches } = this.#register;
    this.#off = new Map(switches.map((each) => [`${each.kind} ${each.name}`, each] as const));
    for (const each of switches) if (!before.some((old) => isEqual(old, each))) this.#record(each, true);
    for (const old of before) if (!this.#off.has(`${old.kind} ${old.name}`)) this.#record(old, false);
    this.#end();
  }

  /** INVARIANT: the sequence never goes back, or an old register, sealed as well as any, would enable what it did not know. */
  #doubt(text: string | undefined, register: Register | undefined): string | undefined {
    const known = this.#register.sequence;
    if (text === undefined) return known === 0 ? undefined : 'the register of switches is gone';
    if (register === undefined) return 'the register of switches does not open';
    return register.sequence < known ? 'the register of switches is an old one' : undefined;
  }

  #refuseAll(why: string): void {
    if (this.#distrust !== why) {
      this.#append({ time: Date.now(), kind: 'alert', request: '-', target: 'kill-switch', detail: why });
    }
    this.#distrust = why;
    this.#end();
  }

  /** Ends what is open and is switched off now. */
  #end(): void {
    for (const entry of this.#watched) {
      const decision = this.#judge(entry.exchange);
      if (decision.pass) continue;
      this.#watched.delete(entry);
      entry.stop(decision);
    }
    const all = this.#distrust !== undefined || this.#find('server', '*') !== undefined;
    if (!all && this.#off.size === 0) return;
    this.#endFor(
      ({ id, client }) =>
        all || this.#find('principal', id) !== undefined || this.#find('client', client) !== undefined,
    );
  }

  #record({ kind, name, reason, by, until }: Switch, off: boolean): void {
    const ends = until === undefined ? '' : ` until ${new Date(until).toISOString()}`;
    this.#append({
      time: Date.now(),
      kind: 'switch',
      request: '-',
      target: `${kind} ${name}`,
      before: off ? 'on' : 'off',
      after: off ? `off${ends}` : 'on',
      ...(off ? { detail: `${by}: ${reason}` } : {}),
    });
  }

  #append(event: AuditEvent): void {
    this.#settings.recorder
      .append(event)
      .catch(() => process.emitWarning('a switch could not be recorded', 'RecordWarning'));
  }
}

function isCall(message: Message | undefined): message is Extract<Message, { kind: 'request' }> {
  return message?.kind === 'request' && message.method === 'tools/call';
}

function isEqual(a: Switch, b: Switch): boolean {
  return a.kind === b.kind && a.name === b.name && a.at === b.at && a.until === b.until;
}
