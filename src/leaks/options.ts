import { refuseUnknownOptions } from '../options.ts';
import type { LeakAction, LeakActions, LeakClass, LeakRules, MarkupAction } from '../pipeline/leaks.ts';

/** What a deployment says of one tool. */
export interface ToolLeakOptions extends Partial<Readonly<Record<LeakClass, LeakAction>>> {
  readonly markup?: MarkupAction;
}

/** What a deployment says of leaks. */
export interface LeakOptions {
  /** Credentials by their shape; `mask` when absent. Never `allow` for all: name the tool that has to give them. */
  readonly credentials?: Exclude<LeakAction, 'allow'>;
  /** Personal data; each `allow` when absent. */
  readonly email?: LeakAction;
  readonly phone?: LeakAction;
  readonly iban?: LeakAction;
  readonly card?: LeakAction;
  readonly nationalId?: LeakAction;
  readonly tools?: Readonly<Record<string, ToolLeakOptions>>;
}

/** The classes, in the order in which they are looked for. */
const LEAK_CLASSES: readonly LeakClass[] = ['credentials', 'email', 'iban', 'card', 'nationalId', 'phone'];
const ACTIONS: readonly LeakAction[] = ['allow', 'mask', 'hash', 'refuse'];
const MARKUP: readonly MarkupAction[] = ['inert', 'allow'];

const DEFAULTS: LeakActions = Object.freeze({
  credentials: 'mask',
  email: 'allow',
  phone: 'allow',
  iban: 'allow',
  card: 'allow',
  nationalId: 'allow',
});

/**
 * Resolves what a deployment says of leaks.
 * @param known Names of the tools that there are.
 * @throws TypeError on an option, an action or a tool that does not exist.
 */
export function readLeakOptions(options: LeakOptions, known: ReadonlySet<string>): LeakRules {
  refuseUnknownOptions('leaks', options, [...LEAK_CLASSES, 'tools']);
  const base = merge('leaks', DEFAULTS, options);
  if (base.credentials === 'allow') {
    throw new TypeError(
      'leaks.credentials: "allow" is for single tools. Say leaks.tools.<name>.credentials for the tool that gives them.',
    );
  }
  const tools = new Map<string, LeakActions>();
  const markup = new Map<string, MarkupAction>();
  for (const [name, own] of Object.entries(options.tools ?? {})) {
    const where = `leaks.tools.${name}`;
    if (!known.has(name))
      throw new TypeError(`${where}: there is no tool of that name. There are ${[...known].join(', ')}.`);
    refuseUnknownOptions(where, own, [...LEAK_CLASSES, 'markup']);
    tools.set(name, merge(where, base, own));
    if (own.markup === undefined) continue;
    if (!MARKUP.includes(own.markup)) throw new TypeError(`${where}.markup: say "inert" or "allow".`);
    markup.set(name, own.markup);
  }
  return Object.freeze({ base, tools, markup });
}

function merge(where: string, base: LeakActions, own: Partial<Record<LeakClass, LeakAction>>): LeakActions {
  const merged: Record<LeakClass, LeakAction> = { ...base };
  for (const name of LEAK_CLASSES) {
    const action = own[name];
    if (action === undefined) continue;
    if (!ACTIONS.includes(action))
      throw new TypeError(`${where}.${name}: say ${ACTIONS.map((one) => `"${one}"`).join(', ')}.`);
    merged[name] = action;
  }
  return Object.freeze(merged);
}
