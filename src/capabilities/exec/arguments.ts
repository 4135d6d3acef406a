import type { NoShell } from '../../controls/no-shell/control.ts';
import { ExecError } from './error.ts';
import type { Flag, Parameter, Part, Stdin } from './schema.ts';

/** A file of the call's own folder. */
export interface PlannedFile {
  readonly parameter: string;
  /** Name in the folder: never of the caller's making. */
  readonly file: string;
  readonly maxBytes: number;
}

/** One run, worked out and checked; paths in `words` are in the folder that was given. */
export interface Plan {
  readonly words: readonly string[];
  readonly inputs: readonly (PlannedFile & { readonly bytes: Uint8Array })[];
  readonly outputs: readonly PlannedFile[];
  readonly stdin: Uint8Array | undefined;
}

/** Longest arguments of one run together, in UTF-16 units: far below what the operating system takes. */
const MOST_UNITS = 131_072;
const MOST_PARTS = 128;

/**
 * Checks a declared list of parts.
 * @throws TypeError that says which part is wrong and how to mend it.
 */
export function checkParts(where: string, parts: readonly Part[]): void {
  if (!Array.isArray(parts) || parts.length > MOST_PARTS)
    throw new TypeError(
      `${where}: the arguments are a list of at most ${MOST_PARTS} parts, such as ["-q", arg.text...].`,
    );
  const names = new Set<string>();
  let separated = false;
  let isOptionalSeen = '';
  for (const part of parts) {
    if (typeof part === 'string') {
      if (part === '' || /[\p{Cc}\p{Cs}]/u.test(part))
        throw new TypeError(`${where}: a fixed word is empty or holds a control character.`);
      if (part === '--') separated = true;
      continue;
    }
    if (names.has(part.name)) throw new TypeError(`${where}: two parameters are called "${part.name}". Rename one.`);
    names.add(part.name);
    if (part.form === 'stdin' && parts.some((other) => other !== part && isStdin(other)))
      throw new TypeError(`${where}: there is one standard input. Declare one arg.stdin.`);
    if (part.form !== 'stdin' && separated && part.word !== '')
      throw new TypeError(`${where}, "${part.name}": an option behind "--" is none. Put it in front.`);
    if (part.form !== 'positional') continue;
    if (isOptionalSeen !== '' && !part.optional)
      throw new TypeError(
        `${where}, "${part.name}": it follows the optional "${isOptionalSeen}" and would take its place.`,
      );
    if (part.optional) isOptionalSeen = part.name;
    refuseNegative(where, part, separated);
  }
}

function refuseNegative(where: string, { name, kind }: Parameter, separated: boolean): void {
  const min = kind.kind === 'text' ? kind.declares['min'] : undefined;
  if (separated || typeof min !== 'number' || min >= 0) return;
  throw new TypeError(`${where}, "${name}": a number below 0 would be taken for an option. Put "--" in front of it.`);
}

function isStdin(part: Part): part is Stdin {
  return typeof part !== 'string' && part.form === 'stdin';
}

/**
 * Works out one run from the values that a handler gave. They may come from inside of a sandbox, so nothing is taken for
 * granted of them.
 * @throws ExecError with reason `arguments` that names the parameter and never the value.
 */
export function planRun(parts: readonly Part[], given: unknown, folder: string, noShell: NoShell): Plan {
  const values = readValues(parts, given);
  const planner = new Planner(folder, noShell);
  for (const part of parts) planner.add(part, values);
  return planner.plan();
}

function readValues(parts: readonly Part[], given: unknown): ReadonlyMap<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new ExecError('arguments');
  const values = new Map(Object.entries(given).filter(([, value]) => value !== undefined));
  const known = new Set(parts.flatMap((part) => (typeof part === 'string' || isOutput(part) ? [] : [part.name])));
  for (const name of values.keys()) {
    // The name is the handler's, or an attacker's: it is told only where it is one of ours.
    if (!known.has(name)) throw new ExecError('arguments');
  }
  return values;
}

function isOutput(part: Parameter | Flag | Stdin): boolean {
  return 'kind' in part && part.kind.kind === 'output';
}

class Planner {
  readonly #folder: string;
  readonly #noShell: NoShell;
  readonly #words: string[] = [];
  readonly #inputs: (PlannedFile & { readonly bytes: Uint8Array })[] = [];
  readonly #outputs: PlannedFile[] = [];
  #stdin: Uint8Array | undefined;
  #separated = false;

  constructor(folder: string, noShell: NoShell) {
    this.#folder = folder;
    this.#noShell = noShell;
  }

  plan(): Plan {
    const units = this.#words.reduce((sum, word) => sum + word.length + 1, 0);
    if (units > MOST_UNITS) throw new ExecError('arguments');
    return { words: this.#words, inputs: this.#inputs, outputs: this.#outputs, stdin: this.#stdin };
  }

  add(part: Part, values: ReadonlyMap<string, unknown>): void {
    if (typeof part === 'string') {
      this.#words.push(part);
      this.#separated ||= part === '--';
      return;
    }
    const value = values.get(part.name);
    if (part.form === 'stdin') this.#stdin = bytesOf(part.name, value, part.maxBytes);
    else if (part.form === 'flag') this.#addFlag(part, value);
    else if (part.kind.kind === 'output') this.#addPath(part, this.#output(part.name, part.kind));
    else if (value !== undefined) this.#addValue(part, value);
    else if (!part.optional) throw new ExecError('arguments', { parameter: part.name });
  }

  #addFlag({ word, name }: Flag, value: unknown): void {
    if (value !== undefined && typeof value !== 'boolean') throw new ExecError('arguments', { parameter: name });
    if (value === true) this.#words.push(word);
  }

  #addValue(part: Parameter, value: unknown): void {
    const { kind, name } = part;
    if (kind.kind === 'output') return;
    if (kind.kind === 'input') {
      const file = `${name}${kind.suffix}`;
      this.#inputs.push({ parameter: name, file, maxBytes: kind.maxBytes, bytes: bytesOf(name, value, kind.maxBytes) });
      this.#addPath(part, file);
      return;
    }
    const word = kind.word(value);
    const place = { joined: part.word.endsWith('='), afterSeparator: this.#separated, number: kind.number };
    // INVARIANT: no value becomes a word before it was looked at as one, whatever its kind has made of it.
    if (word === undefined || word.length > kind.maxLength || this.#noShell.wordProblem(word, place) !== undefined)
      throw new ExecError('arguments', { parameter: name });
    this.#push(part.word, word);
  }

  #output(parameter: string, { maxBytes, suffix }: { readonly maxBytes: number; readonly suffix: string }): string {
    const file = `${parameter}${suffix}`;
    this.#outputs.push({ parameter, file, maxBytes });
    return file;
  }

  #addPath({ word }: Parameter, file: string): void {
    this.#push(word, `${this.#folder}/${file}`);
  }

  #push(option: string, word: string): void {
    if (option.endsWith('=')) this.#words.push(`${option}${word}`);
    else if (option === '') this.#words.push(word);
    else this.#words.push(option, word);
  }
}

function bytesOf(parameter: string, value: unknown, maxBytes: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.byteLength > maxBytes) throw new ExecError('arguments', { parameter });
  return value;
}
