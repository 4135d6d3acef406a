import type { Import, Expression, FrontEnd, Func, FunctionId, Module, Param, Statement, Target } from '../ir.ts';
import { answered } from './answered.ts';
import { assign, withDefault } from './assign.ts';
import { evaluate } from './expressions.ts';
import type { Frame } from './frame.ts';
import { byName, givenOf, inOrder, namedRest } from './given.ts';
import { LimitError, type Call, type Given, type Machine, type Model } from './machine.ts';
import { NO_FACTS, type Facts } from './origins.ts';
import { readMember } from './read.ts';
import { returned } from './returned.ts';
import { runStatements } from './statements.ts';
import {
  fieldOf,
  joinAll,
  listOf,
  madeOf,
  objectOf,
  originsIn,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type ClassThing,
  type Closure,
  type Obj,
  type Sym,
  type Value,
} from './values.ts';

/** How often a name is passed on from file to file. */
const MOST_PASSED = 12;
/** How deep calls are followed. */
const MOST_CALLS = 20;
/** How often one function is run at least, and at most for how many steps, while handlers are looked for and while one is followed. */
const MOST_RUNS = { looking: { runs: 1, steps: 4000 }, following: { runs: 3, steps: 30_000 } };

/** What runs a target. */
export class Engine implements Machine {
  facts: Facts = NO_FACTS;
  isFollowing = false;
  readonly #modules: ReadonlyMap<string, Module>;
  readonly #frontEnds: readonly FrontEnd[];
  readonly #models: ReadonlyMap<Module['language'], readonly Model[]>;
  readonly #files = new Map<Module, Frame>();
  readonly #classes = new Map<string, ClassThing[]>();
  readonly #instances = new Map<ClassThing['klass'], Obj>();
  readonly #closures = new Map<Func, Closure>();
  readonly #ran = new Set<Func>();
  readonly #last = new Map<Func, Value>();
  #runs = new Map<Func, { runs: number; steps: number }>();
  #active: Func[] = [];
  #steps = 0;
  #most = 0;
  /** Steps of all the work so far. */
  total = 0;

  constructor(
    modules: readonly Module[],
    frontEnds: readonly FrontEnd[],
    models: ReadonlyMap<Module['language'], readonly Model[]>,
  ) {
    this.#modules = new Map(modules.map((module) => [module.file, module]));
    this.#frontEnds = frontEnds;
    this.#models = models;
  }

  /** Does some work within a number of steps. */
  within<T>(steps: number, work: () => T): T {
    this.#steps = 0;
    this.#most = steps;
    if (this.isFollowing) this.#runs = new Map();
    this.#active = [];
    this.facts = NO_FACTS;
    return work();
  }

  step(): void {
    this.#steps += 1;
    this.total += 1;
    if (this.#steps > this.#most) throw new LimitError('there is more of it than is followed');
  }

  evaluate(expression: Expression, frame: Frame): Value {
    return evaluate(this, expression, frame);
  }

  run(statements: readonly Statement[], frame: Frame): boolean {
    return runStatements(this, statements, frame);
  }

  assign(target: Target, value: Value, frame: Frame): void {
    assign(this, target, value, frame);
  }

  read(of: Value, name: string): Value {
    return readMember(this, of, name);
  }

  /** The frame of a file, run if it has not been. */
  frameOf(module: Module): Frame {
    const known = this.#files.get(module);
    if (known !== undefined) return known;
    const frame: Frame = {
      module,
      func: undefined,
      vars: new Map(),
      around: undefined,
      self: undefined,
      returns: [],
      exits: [],
    };
    if (module.exportsVariable !== undefined) frame.vars.set(module.exportsVariable, thing(objectOf([])));
    this.#files.set(module, frame);
    const { facts } = this;
    this.facts = NO_FACTS;
    this.run(module.body, frame);
    this.facts = facts;
    return frame;
  }

  importFrom(module: Module, from: string, name: string): Value {
    return this.#imported(module, from, name, 0);
  }

  importedMember(module: Module, { from, name }: Import, member: string): Value | undefined {
    const isPython = module.language === 'python';
    const inside = from.endsWith('.') ? from + name : `${from}.${name}`;
    const whole = name === '*' ? from : isPython && !this.#exports(module, from, name) ? inside : undefined;
    return whole === undefined || !this.#knows(module, whole) ? undefined : this.#imported(module, whole, member, 0);
  }

  #exports(module: Module, from: string, name: string): boolean {
    return this.#fileOf(module, from)?.exports.some((each) => each.name === name) === true;
  }

  #imported(module: Module, from: string, name: string, depth: number): Value {
    const target = this.#fileOf(module, from);
    // A package of Python gives what it defines, and the files that lie in it.
    const isInside = module.language === 'python' && name !== '*' && !this.#exports(module, from, name);
    const inside = isInside ? this.#fileOf(module, from.endsWith('.') ? from + name : `${from}.${name}`) : undefined;
    if (inside !== undefined && depth <= MOST_PASSED) return this.exported(inside, '*', depth + 1);
    if (target !== undefined) return this.exported(target, name, depth);
    const root = from.replace(/^node:/, '');
    return symbol(name === '*' || name === 'default' ? root : `${root}.${name}`);
  }

  /** What a file gives under a name; `*` for all of it. */
  exported(module: Module, name: string, depth: number): Value {
    const frame = this.frameOf(module);
    if (depth > MOST_PASSED) return UNKNOWN;
    if (name === '*') return this.#everything(module, frame, depth);
    const own = module.exports.find((each) => each.name === name);
    if (own !== undefined && 'value' in own) return this.evaluate(own.value, frame);
    if (own !== undefined) return this.#passedOn(module, own.from, own.imported, depth);
    for (const each of module.exports)
      if (each.name === '*' && 'from' in each && this.#knows(module, each.from)) {
        const found = this.#passedOn(module, each.from, name, depth);
        if (found !== UNKNOWN) return found;
      }
    if (module.exportsVariable === undefined) return UNKNOWN;
    const whole = frame.vars.get(module.exportsVariable) ?? UNKNOWN;
    return name === 'default' ? (fieldOf(whole, 'default') ?? whole) : this.read(whole, name);
  }

  #passedOn(module: Module, from: string, name: string, depth: number): Value {
    return this.#imported(module, from, name, depth + 1);
  }

  #knows(module: Module, from: string): boolean {
    return this.#fileOf(module, from) !== undefined;
  }

  #fileOf(module: Module, from: string): Module | undefined {
    const frontEnd = this.#frontEnds.find(({ language }) => language === module.language);
    const file = frontEnd?.candidates(module.file, from).find((each) => this.#modules.has(each));
    return file === undefined ? undefined : this.#modules.get(file);
  }

  #everything(module: Module, frame: Frame, depth: number): Value {
    const whole = module.exportsVariable === undefined ? undefined : frame.vars.get(module.exportsVariable);
    if (whole !== undefined && module.exports.length === 0) return whole;
    const fields = module.exports.flatMap((each): readonly (readonly [string, Value])[] =>
      each.name === '*' ? [] : [[each.name, this.exported(module, each.name, depth + 1)]],
    );
    const passed = module.exports.flatMap((each) =>
      each.name === '*' && 'from' in each && this.#knows(module, each.from)
        ? thingsOf(this.#passedOn(module, each.from, '*', depth), 'object')
        : [],
    );
    return thing(objectOf([...passed.flatMap((each) => [...each.fields]), ...fields]));
  }

  closureOf(id: FunctionId, frame: Frame, self?: Value, klass?: ClassThing): Closure {
    const func = frame.module.functions[id];
    if (func === undefined) throw new TypeError('a function that is not there');
    const closure: Closure = {
      kind: 'closure',
      module: frame.module,
      func,
      frame,
      ...(self === undefined ? {} : { self }),
      ...(klass === undefined ? {} : { klass }),
    };
    this.#closures.set(func, closure);
    return closure;
  }

  /** The function as it was made last; as the file has it where it was not. */
  lastClosure(module: Module, func: Func): Closure {
    return this.#closures.get(func) ?? { kind: 'closure', module, func, frame: this.frameOf(module) };
  }

  hasRun(func: Func): boolean {
    return this.#ran.has(func);
  }

  noteRun(func: Func): void {
    this.#ran.add(func);
  }

  noteClass(klass: ClassThing): void {
    const { name } = klass.klass;
    this.#classes.set(name, [...(this.#classes.get(name) ?? []).filter((each) => each.klass !== klass.klass), klass]);
  }

  /** Every class that was made. */
  get classes(): readonly ClassThing[] {
    return [...this.#classes.values()].flat();
  }

  classNamed(name: string): ClassThing | undefined {
    const found = this.#classes.get(name);
    return found?.length === 1 ? found[0] : undefined;
  }

  noteInstance({ klass }: ClassThing, instance: Obj): void {
    if (!this.#instances.has(klass)) this.#instances.set(klass, instance);
  }

  instanceOf(klass: ClassThing): Value {
    const known = this.#instances.get(klass.klass);
    return known === undefined ? this.construct(klass, []) : thing(known);
  }

  construct(klass: ClassThing, args: readonly Value[], more: Given = {}): Value {
    const made: Obj = { kind: 'object', fields: new Map(), rest: undefined, isList: false, of: klass };
    const self = thing(made);
    this.noteInstance(klass, made);
    this.#initialise(klass, { self, made }, args, more, 0);
    return self;
  }

  #initialise(
    klass: ClassThing,
    instance: { readonly self: Value; readonly made: Obj },
    args: readonly Value[],
    more: Given,
    depth: number,
  ): void {
    const { self, made } = instance;
    if (depth > 8) return;
    const own = klass.klass.members.find(({ name, value }) => name === 'constructor' && value?.kind === 'function');
    // Without a constructor of its own a class has that of the one above it, which a constructor calls by itself.
    for (const base of klass.bases)
      for (const above of thingsOf(base, 'class'))
        if (own === undefined) this.#initialise(above, instance, args, more, depth + 1);
        else this.#fields(above, self, made);
    this.#fields(klass, self, made);
    if (own?.value?.kind !== 'function' || klass.frame === undefined) return;
    this.invoke(this.closureOf(own.value.id, klass.frame, self, klass), args, more);
  }

  #fields(klass: ClassThing, self: Value, made: Obj): void {
    for (const { name, isStatic, value } of klass.klass.members) {
      if (isStatic || value === undefined || name === 'constructor' || klass.frame === undefined) continue;
      const isMethod = value.kind === 'function' && klass.module.functions[value.id]?.isLexical === false;
      if (isMethod) continue;
      const frame: Frame = {
        module: klass.module,
        func: undefined,
        vars: klass.frame.vars,
        around: klass.frame,
        self,
        klass,
        returns: [],
        exits: [],
      };
      const within = klass.frame.func === undefined ? frame : { ...frame, func: klass.frame.func };
      made.fields.set(name, this.evaluate(value, within));
    }
  }

  call(call: Call): Value {
    this.step();
    const { callee, args } = call;
    const results: Value[] = [];
    for (const each of callee.things ?? []) {
      if (each.kind === 'closure') results.push(answered(call, each, this.invoke(each, args, givenOf(call))));
      else if (each.kind === 'class') results.push(this.#constructed(each, call));
      else if (each.kind === 'symbol') results.push(this.#outside(call, each));
    }
    return results.length === 0 ? this.#outside(call, undefined) : joinAll(results);
  }

  #constructed(klass: ClassThing, call: Call): Value {
    if (call.name !== 'super' || call.receiver === undefined) return this.construct(klass, call.args, givenOf(call));
    for (const made of thingsOf(call.receiver, 'object'))
      this.#initialise(klass, { self: call.receiver, made }, call.args, givenOf(call), 1);
    return UNKNOWN;
  }

  #outside(call: Call, symbol_: Sym | undefined): Value {
    const outside = { ...call, symbol: symbol_ };
    for (const model of this.#models.get(call.frame.module.language) ?? []) {
      const answer = model(outside, this);
      if (answer !== undefined) return answer;
    }
    return UNKNOWN;
  }

  invoke(closure: Closure, given: readonly Value[], more: Given = {}): Value {
    const { func } = closure;
    const args = closure.bound === undefined ? given : [...closure.bound, ...given];
    const spent = this.#runs.get(func) ?? { runs: 0, steps: 0 };
    const most = this.isFollowing ? MOST_RUNS.following : MOST_RUNS.looking;
    const isSpent = spent.runs >= most.runs && spent.steps >= most.steps;
    const self = more.self ?? closure.self;
    const isActive = this.#active.filter((each) => each === func).length > 1;
    if (isActive || this.#active.length > MOST_CALLS || isSpent || this.#isDull(closure, args, more))
      return this.#last.get(func) ?? madeOf('through', args);
    this.#runs.set(func, spent);
    spent.runs += 1;
    const before = this.#steps;
    this.#ran.add(func);
    this.#active.push(func);
    try {
      const value = this.#body(closure, args, self, more);
      if (!this.isFollowing || !this.#last.has(func)) this.#last.set(func, value);
      return value;
    } finally {
      this.#active.pop();
      spent.steps += this.#steps - before;
    }
  }

  /** Whether nothing that is followed can be in it: then what it gave before is as good. */
  #isDull(closure: Closure, given: readonly Value[], more: Given): boolean {
    if (!this.#last.has(closure.func)) return false;
    if (closure.frame?.func !== undefined) return false;
    const args = [...given, ...(more.named?.values() ?? [])];
    const values = [...args, more.rest, more.moreNamed, more.self ?? closure.self];
    if (values.some((each) => originsIn(each, 3).length > 0)) return false;
    return this.isFollowing || args.every((each) => each.things === undefined);
  }

  #body(closure: Closure, args: readonly Value[], self: Value | undefined, more: Given): Value {
    const { func, module, klass } = closure;
    const frame: Frame = {
      module,
      func,
      vars: new Map(),
      around: closure.frame,
      self: func.isLexical ? undefined : (self ?? UNKNOWN),
      ...(klass === undefined ? {} : { klass }),
      returns: [],
      exits: [],
    };
    for (const at of func.params.keys()) this.#bind(func.params, at, args, more, frame);
    if (this.run(func.body, frame)) frame.returns.push({ value: { constants: [null] }, facts: this.facts });
    const { value, facts } = returned(frame);
    if (facts !== undefined) this.facts = facts;
    return value;
  }

  #bind(params: readonly Param[], at: number, args: readonly Value[], more: Given, frame: Frame): void {
    const param = params[at];
    if (param === undefined) return;
    const { rest } = more;
    if (param.rest === 'named') {
      // What a framework passes by names that are not known stands in its place.
      this.assign(param.target, args[at] ?? namedRest(params, more, frame), frame);
      return;
    }
    if (param.rest === 'positional') {
      this.assign(param.target, rest === undefined ? listOf(args.slice(at)) : listOf([...args.slice(at), rest]), frame);
      return;
    }
    const given = byName(this, param, more, frame) ?? inOrder(params, at, args, rest) ?? UNKNOWN;
    const typed = given === UNKNOWN ? this.#byType(param.type) : undefined;
    this.assign(param.target, typed ?? withDefault(this, given, param.fallback, frame), frame);
  }

  /** What is passed to a constructor by a container is an instance of the class that the parameter names. */
  #byType(type: string | undefined): Value | undefined {
    const klass = type === undefined || !/^[A-Z]\w*$/.test(type) ? undefined : this.classNamed(type);
    return klass === undefined || this.#active.length > 8 ? undefined : this.instanceOf(klass);
  }
}
