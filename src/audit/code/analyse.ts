import { Engine } from './engine/engine.ts';
import { LimitError, type Model } from './engine/machine.ts';
import { NO_FACTS } from './engine/origins.ts';
import type { CodeSubject, Handler } from './facts.ts';
import type { FrontEnd, Module } from './ir.ts';
import { answers } from './javascript/models/sinks.ts';
import { enterClass, enterFile } from './javascript/models/handlers.ts';
import { Notes } from './notes.ts';
import { isPage, noteHeldPages, notePage } from './pages.ts';

/** Steps for one file, for one function that nothing calls, and for one handler. */
const STEPS = { file: 400_000, function: 40_000, handler: 250_000 };
/** Steps for all of it: they bound the time. */
const ALL_STEPS = 12_000_000;

/** What one language brings. */
export interface Language {
  readonly frontEnd: FrontEnd;
  readonly models: (notes: Notes) => readonly Model[];
}

/** Runs a target on abstract values: its files, then whatever function was not reached, then its handlers with what callers pass. */
export function analyse(
  modules: readonly Module[],
  languages: readonly Language[],
): Omit<CodeSubject, 'files' | 'unread' | 'secrets' | 'settings'> & Pick<CodeSubject, 'unread'> {
  const notes = new Notes();
  const models = new Map(languages.map(({ frontEnd, models: of }) => [frontEnd.language, of(notes)] as const));
  const frontEnds = languages.map(({ frontEnd }) => frontEnd);
  const engine = new Engine(modules, frontEnds, models);
  const unread = new Map<string, string>();
  const attempt = (file: string, steps: number, work: () => void): void => {
    if (engine.total > ALL_STEPS) {
      unread.set(file, 'there is more code than is followed');
      return;
    }
    try {
      engine.within(steps, work);
    } catch (error) {
      if (!(error instanceof LimitError) && !(error instanceof RangeError)) throw error;
      unread.set(file, error instanceof LimitError ? error.message : 'it is nested too deeply to follow');
    }
  };
  for (const module of modules) attempt(module.file, STEPS.file, () => void engine.frameOf(module));
  reachAll(engine, notes, modules, attempt);
  const handlers: Handler[] = [];
  engine.isFollowing = true;
  for (const { kind, name, closure, args, spot } of notes.entries) {
    handlers.push({ ...spot, kind, name });
    notes.handler = name;
    attempt(spot.file, STEPS.handler, () => {
      engine.facts = NO_FACTS;
      const value = engine.invoke(closure, args());
      const frame = closure.frame ?? engine.frameOf(closure.module);
      const where = { frame: { ...frame, module: closure.module }, at: closure.func.at };
      answers(notes, value, where, engine);
      noteHeldPages(notes, value, where, engine);
      if (kind === 'route' && closure.module.language === 'python' && isPage(value))
        notePage(notes, where, engine, ['result', value]);
    });
  }
  const { flows, calls, patterns } = notes.seen;
  return { handlers, flows, calls, patterns, unread: [...unread].map(([file, why]) => ({ file, why })) };
}

function reachAll(
  engine: Engine,
  notes: Notes,
  modules: readonly Module[],
  attempt: (file: string, steps: number, work: () => void) => void,
): void {
  for (const klass of engine.classes)
    attempt(klass.module.file, STEPS.function, () => {
      enterClass(notes, klass, engine);
      const self = engine.instanceOf(klass);
      for (const { name, value } of klass.klass.members)
        if (value?.kind === 'function' && name !== 'constructor' && klass.frame !== undefined) {
          const closure = engine.closureOf(value.id, klass.frame, self, klass);
          if (!engine.hasRun(closure.func)) engine.invoke(closure, []);
        }
    });
  for (const module of modules) {
    if (module.exports.some(({ name }) => name === 'schema'))
      attempt(module.file, STEPS.function, () => {
        enterFile(notes, (name) => engine.exported(module, name, 0), engine);
      });
    for (const func of module.functions)
      if (!engine.hasRun(func))
        attempt(module.file, STEPS.function, () => {
          engine.invoke(engine.lastClosure(module, func), []);
        });
  }
}
