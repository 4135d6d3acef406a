/**
 * What a front end makes of one file, whatever the language: names resolved to variables, sugar reduced, nothing executed. The
 * engine (`engine/`) runs it on abstract values, so order and branches are kept as they are written.
 *
 * A front end reduces what has no kind of its own to what has one: a comprehension to `each`, `with` to an assignment and its body,
 * a decorator to `decorators`, `self.x` and `this.x` to a member of `self`, an f-string and a template to `text`.
 */

/** Index into `Module.variables`. */
export type VariableId = number;
/** Index into `Module.functions`. */
export type FunctionId = number;
/** Index into `Module.classes`. */
export type ClassId = number;
/** Where something begins: UTF-16 units from the start of the file. */
export type Offset = number;

/** One file. */
export interface Module {
  /** Relative to the target, with `/`. */
  readonly file: string;
  readonly language: 'javascript' | 'python';
  /** Offsets at which lines begin, the first being 0. */
  readonly lines: readonly Offset[];
  /** Whether it is bundled or minified, so that names and places say less. */
  readonly isBuilt: boolean;
  /** Every variable of the file; a shadowing one has an id of its own. */
  readonly variables: readonly Variable[];
  readonly functions: readonly Func[];
  readonly classes: readonly Class[];
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  /** Statements outside of functions. */
  readonly body: readonly Statement[];
  /** CommonJS: the variable that stands for `module.exports`, which `exports` is too. */
  readonly exportsVariable?: VariableId;
}

/** One variable, parameter or imported name. */
export interface Variable {
  readonly name: string;
  /** The function that it belongs to; absent for those of the file itself. */
  readonly owner?: FunctionId;
}

/** `import { name as variable } from 'from'`. */
export interface Import {
  readonly variable: VariableId;
  /** As it is written: `./a.ts`, `node:fs`, `..models`. */
  readonly from: string;
  /** `default`, or `*` for the whole of it. */
  readonly name: string;
  readonly at: Offset;
}

/** What a file gives to others: a value of its own, or one that it passes on. `*` passes everything on. */
export type Export =
  | { readonly name: string; readonly value: Expression }
  | { readonly name: string; readonly from: string; readonly imported: string };

/** One function, method or lambda. */
export interface Func {
  /** Empty where it has none. */
  readonly name: string;
  readonly at: Offset;
  /** Without `self`. */
  readonly params: readonly Param[];
  readonly body: readonly Statement[];
  /** Whether `self` in it is that of the function around it (an arrow function, a lambda). */
  readonly isLexical: boolean;
  readonly decorators: readonly Expression[];
  /** Text between the name and the body that says more: the docstring in Python. */
  readonly doc?: string;
}

/** One parameter: what is passed is assigned to `target`. */
export interface Param {
  readonly target: Target;
  readonly fallback?: Expression;
  /** `positional` takes all that are left, `named` all named ones that are left. */
  readonly rest?: 'positional' | 'named';
  /** The annotation as it is written, in one line. */
  readonly type?: string;
}

/** One class. */
export interface Class {
  readonly name: string;
  readonly at: Offset;
  readonly bases: readonly Expression[];
  /** In order; the one named `constructor` makes an instance (`__init__` in Python). */
  readonly members: readonly Member[];
  readonly decorators: readonly Expression[];
}

/** A method, or a field with what it begins as. */
export interface Member {
  /** Empty where it is computed. */
  readonly name: string;
  readonly isStatic: boolean;
  /** Whether reading the member runs the function (`get x()`, `@property`). */
  readonly isGetter?: boolean;
  readonly value?: Expression;
  readonly type?: string;
}

/** What can be assigned to. */
export type Target =
  | { readonly kind: 'variable'; readonly id: VariableId; readonly type?: string }
  /** A name that is declared nowhere in the file. */
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly at: Offset }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression; readonly at: Offset }
  /** `{ a, b: c = 1, ...rest }`. */
  | {
      readonly kind: 'fields';
      readonly fields: readonly { readonly name: string; readonly target: Target; readonly fallback?: Expression }[];
      readonly rest?: Target;
    }
  /** `[a, , b = 1, ...rest]`, and tuples. */
  | {
      readonly kind: 'items';
      readonly items: readonly ({ readonly target: Target; readonly fallback?: Expression } | undefined)[];
      readonly rest?: Target;
    };

/** One statement. */
export type Statement =
  | { readonly kind: 'assign'; readonly target: Target; readonly value: Expression }
  | { readonly kind: 'do'; readonly value: Expression }
  | { readonly kind: 'return'; readonly value?: Expression; readonly at: Offset }
  | { readonly kind: 'throw'; readonly value?: Expression; readonly at: Offset }
  /** `break` and `continue`: what follows is not reached from here. */
  | { readonly kind: 'leave' }
  | {
      readonly kind: 'if';
      readonly test: Expression;
      readonly whenTrue: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  /** `target` takes each element (`of`) or each key (`in`) of the value in turn; without them, a loop on a condition. */
  | {
      readonly kind: 'loop';
      readonly each?: { readonly target: Target; readonly of: Expression; readonly by: 'element' | 'key' };
      readonly test?: Expression;
      readonly body: readonly Statement[];
      /** Whether the body runs before the test. */
      readonly isAfter?: boolean;
    }
  | {
      readonly kind: 'switch';
      readonly on: Expression;
      /** In order; one without tests is the default; `falls` where the next one is run after it. */
      readonly cases: readonly {
        readonly tests: readonly Expression[];
        readonly isDefault: boolean;
        readonly body: readonly Statement[];
        readonly falls: boolean;
      }[];
    }
  | {
      readonly kind: 'try';
      readonly body: readonly Statement[];
      readonly caught?: Target;
      /** Absent where nothing is caught. */
      readonly handler?: readonly Statement[];
      readonly final: readonly Statement[];
    };

/** One argument. */
export interface Argument {
  readonly value: Expression;
  /** `...value`, or `*value`; with `named`, `**value`. */
  readonly spread?: 'positional' | 'named';
  /** `name=value` in Python. */
  readonly name?: string;
}

/** One field of an object or of a dictionary. */
export interface Field {
  /** Absent where it is computed (`key`) or spread. */
  readonly name?: string;
  readonly key?: Expression;
  readonly spread?: boolean;
  readonly value: Expression;
}

/** One expression. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null; readonly at: Offset }
  | { readonly kind: 'regex'; readonly source: string; readonly flags: string; readonly at: Offset }
  /** A template or an f-string: its pieces in order, literals among them. */
  | { readonly kind: 'text'; readonly parts: readonly Expression[]; readonly at: Offset }
  /** A template with a function before it: called with the pieces that are literal as a list, and then the others. */
  | { readonly kind: 'tagged'; readonly tag: Expression; readonly parts: readonly Expression[]; readonly at: Offset }
  | { readonly kind: 'variable'; readonly id: VariableId; readonly at: Offset }
  /** A name that is declared nowhere in the file, such as `process` or `open`. */
  | { readonly kind: 'global'; readonly name: string; readonly at: Offset }
  /** `this`, or the first parameter of a method. */
  | { readonly kind: 'self'; readonly at: Offset }
  /** The class above: `super.x`, `super()`. */
  | { readonly kind: 'super'; readonly at: Offset }
  | { readonly kind: 'member'; readonly of: Expression; readonly name: string; readonly at: Offset }
  | { readonly kind: 'index'; readonly of: Expression; readonly index: Expression; readonly at: Offset }
  | {
      readonly kind: 'call';
      readonly callee: Expression;
      readonly args: readonly Argument[];
      /** `new X()`; in Python the engine sees by itself that a class is called. */
      readonly isNew: boolean;
      readonly at: Offset;
    }
  /** `require('x')`, `import('x')`, `importlib.import_module('x')` with a literal. */
  | { readonly kind: 'import'; readonly from: string; readonly at: Offset }
  | { readonly kind: 'object'; readonly fields: readonly Field[]; readonly at: Offset }
  | {
      readonly kind: 'list';
      readonly items: readonly { readonly value: Expression; readonly spread: boolean }[];
      readonly at: Offset;
    }
  | { readonly kind: 'function'; readonly id: FunctionId; readonly at: Offset }
  | { readonly kind: 'class'; readonly id: ClassId; readonly at: Offset }
  | { readonly kind: 'await'; readonly value: Expression; readonly at: Offset }
  | { readonly kind: 'assign'; readonly target: Target; readonly value: Expression; readonly at: Offset }
  | {
      readonly kind: 'choice';
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly otherwise: Expression;
      readonly at: Offset;
    }
  | {
      readonly kind: 'logical';
      readonly op: 'and' | 'or' | 'nullish';
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Offset;
    }
  | { readonly kind: 'not'; readonly value: Expression; readonly at: Offset }
  /** `==` and `is` are `equal`; `in` is `in`; the others are `arithmetic` and hold no text, but for `add` and `modulo`. */
  | {
      readonly kind: 'binary';
      readonly op: 'equal' | 'unequal' | 'in' | 'instanceof' | 'add' | 'modulo' | 'compare' | 'arithmetic';
      readonly left: Expression;
      readonly right: Expression;
      readonly at: Offset;
    }
  /** `typeof x`. */
  | { readonly kind: 'typeof'; readonly value: Expression; readonly at: Offset }
  /** A comprehension: a list of `value` for each element of `of` that passes `tests`. With `key` it is a dictionary. */
  | {
      readonly kind: 'each';
      readonly target: Target;
      readonly of: Expression;
      readonly tests: readonly Expression[];
      readonly key?: Expression;
      readonly value: Expression;
      readonly at: Offset;
    }
  /** Several in order, of which the last is the value; also whatever has no kind of its own, with what it is made of. */
  | { readonly kind: 'sequence'; readonly items: readonly Expression[]; readonly at: Offset };

/** What reads one language. */
export interface FrontEnd {
  readonly language: Module['language'];
  /** Loads what reading needs; where it cannot be, `read` says so. */
  prepare?(): Promise<void>;
  /** Whether a file is one of its language, by name. */
  accepts(file: string): boolean;
  /**
   * Reads a file.
   * @throws SyntaxError when it cannot be read, with why in a few words; RangeError when it is nested too deeply.
   */
  read(file: string, text: string): Module;
  /**
   * The files of the target that an import may mean, the likeliest first; empty where it means something outside.
   * @param from The file that imports.
   */
  candidates(from: string, specifier: string): readonly string[];
}
