import { refuseUnknownOptions } from '../../options.ts';
import {
  byteBound,
  inputFile,
  integer,
  oneOf,
  outputFile,
  pattern,
  text,
  type InputFileKind,
  type OutputFileKind,
  type TextKind,
} from './kinds.ts';

/** Whatever an argument can be. */
export type AnyKind = TextKind<string> | TextKind<number> | InputFileKind | OutputFileKind;

/** One parameter of a program: a name for the handler, and how it stands among the arguments. */
export interface Parameter<N extends string = string, K extends AnyKind = AnyKind, O extends boolean = boolean> {
  readonly form: 'option' | 'positional';
  /** The option's own word: `-f`, or `--first=` where the value is joined to it; empty for a positional. */
  readonly word: string;
  readonly name: N;
  readonly kind: K;
  readonly optional: O;
}

/** A fixed word that is there or not: the handler gives true or false. */
export interface Flag<N extends string = string> {
  readonly form: 'flag';
  readonly word: string;
  readonly name: N;
}

/** Bytes on the program's standard input. */
export interface Stdin<N extends string = string> {
  readonly form: 'stdin';
  readonly name: N;
  readonly maxBytes: number;
}

/** A part of the arguments, in its place: a fixed word, or a parameter. */
export type Part = string | Parameter | Flag | Stdin;

interface Optional {
  readonly optional?: boolean;
}

type IsOptional<O extends Optional> = O extends { readonly optional: true } ? true : false;

const NAME = /^[a-z][A-Za-z0-9]{0,31}$/;
const OPTION = /^--?[A-Za-z0-9][A-Za-z0-9_.-]{0,63}=?$/;

function option<N extends string, K extends AnyKind, O extends Optional = Record<never, never>>(
  word: string,
  name: N,
  kind: K,
  options?: O,
): Parameter<N, K, IsOptional<O>> {
  if (!OPTION.test(word)) throw new TypeError(`arg.option: "${word}" is no option. Write "-f", or "--first=" to join.`);
  return parameter('option', word, name, kind, options);
}

function positional<N extends string, K extends AnyKind, O extends Optional = Record<never, never>>(
  name: N,
  kind: K,
  options?: O,
): Parameter<N, K, IsOptional<O>> {
  return parameter('positional', '', name, kind, options);
}

function parameter<N extends string, K extends AnyKind, O extends Optional>(
  form: 'option' | 'positional',
  word: string,
  name: N,
  kind: K,
  options: O | undefined,
): Parameter<N, K, IsOptional<O>> {
  const where = `arg.${form} "${name}"`;
  checkName(where, name);
  refuseUnknownOptions(where, options ?? {}, ['optional']);
  const optional = (options?.optional === true) as IsOptional<O>;
  return Object.freeze({ form, word, name, kind, optional });
}

function flag<N extends string>(word: string, name: N): Flag<N> {
  if (!OPTION.test(word) || word.endsWith('='))
    throw new TypeError(`arg.flag: "${word}" is no option. Write it like "-q".`);
  checkName(`arg.flag "${name}"`, name);
  return Object.freeze({ form: 'flag', word, name });
}

function stdin<N extends string>(name: N, options: { readonly maxBytes: number }): Stdin<N> {
  const where = `arg.stdin "${name}"`;
  checkName(where, name);
  refuseUnknownOptions(where, options, ['maxBytes']);
  return Object.freeze({ form: 'stdin', name, maxBytes: byteBound(`${where}, maxBytes`, options.maxBytes) });
}

function checkName(where: string, name: string): void {
  if (!NAME.test(name)) throw new TypeError(`${where}: a name is up to 32 letters and digits, such as "page".`);
}

/** The parts that arguments are declared of. */
export const arg: {
  readonly option: typeof option;
  readonly positional: typeof positional;
  readonly flag: typeof flag;
  readonly stdin: typeof stdin;
  readonly text: typeof text;
  readonly pattern: typeof pattern;
  readonly oneOf: typeof oneOf;
  readonly integer: typeof integer;
  readonly inputFile: typeof inputFile;
  readonly outputFile: typeof outputFile;
} = Object.freeze({
  option,
  positional,
  flag,
  stdin,
  text,
  pattern,
  oneOf,
  integer,
  inputFile,
  outputFile,
});

type Bytes = Uint8Array;

type ValueOf<P> =
  P extends Parameter<string, infer K>
    ? K extends { readonly kind: 'input' }
      ? Bytes
      : K extends TextKind<infer T>
        ? T
        : never
    : P extends Stdin
      ? Bytes
      : P extends Flag
        ? boolean
        : never;

type NameOf<P> = P extends { readonly name: infer N extends string } ? N : never;
type Outputs<P> = P extends Parameter<string, infer K> ? (K extends { readonly kind: 'output' } ? P : never) : never;
type Inputs<P> = Exclude<Exclude<P, string>, Outputs<P>>;
type Leavable<P> = P extends Flag | { readonly optional: true } ? P : never;

/** What a handler gives for the parameters of a schema. */
export type ExecValues<P extends readonly Part[]> = {
  readonly [Q in Exclude<Inputs<P[number]>, Leavable<Inputs<P[number]>>> as NameOf<Q>]: ValueOf<Q>;
} & { readonly [Q in Leavable<Inputs<P[number]>> as NameOf<Q>]?: ValueOf<Q> };

/** Names of the files that a program writes. */
export type OutputNames<P extends readonly Part[]> = NameOf<Outputs<P[number]>>;
