import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { HARM, harmfulSources } from '../../engine/origins.ts';
import { beginsFixed, itemsOf, leadingText, onlyText, originsIn, thingsOf, type Value } from '../../engine/values.ts';
import type { FlowKind } from '../../facts.ts';
import type { Notes } from '../../notes.ts';
import { argument, pathOf } from './names.ts';
import { isPathSymbol } from './places.ts';
import * as table from './sink-table.ts';

/** Notes values of callers that arrive where they do harm. It answers nothing. */
export function sinks(notes: Notes): Model {
  return (call, machine) => {
    if (!machine.isFollowing) return undefined;
    const sink = new Sink(notes, call, machine);
    const { path } = sink;
    if (path !== '') bySymbol(sink);
    byMethod(sink);
    return undefined;
  };
}

/** One call that may be a sink. */
class Sink {
  readonly path: string;
  readonly notes: Notes;
  readonly call: OutsideCall;
  readonly machine: Machine;

  constructor(notes: Notes, call: OutsideCall, machine: Machine) {
    this.notes = notes;
    this.call = call;
    this.machine = machine;
    this.path = pathOf(call);
  }

  note(kind: FlowKind, harm: number, value: Value | undefined, more: Parameters<Notes['flow']>[3] = {}): void {
    if (value === undefined) return;
    const sink = this.path === '' ? `.${this.call.name}` : this.path;
    this.notes.flow(kind, { ...this.call, sink: sink.slice(0, 80) }, { value, harm, facts: this.machine.facts }, more);
  }

  argument(at: number, name: string): Value | undefined {
    return argument(this.call, at, name);
  }
}

function bySymbol(sink: Sink): void {
  const { path, call } = sink;
  const [first] = call.args;
  if (table.SHELL.has(path)) shellLine(sink, sink.argument(0, table.SHELL.get(path) ?? ''));
  else if (table.PROGRAM.has(path)) program(sink, sink.argument(0, 'args'));
  else if (table.SEPARATE.test(path)) words(sink, [...call.args, ...(call.more === undefined ? [] : [call.more])]);
  else if (table.CODE.has(path)) sink.note('code', HARM.code, first ?? sink.argument(0, 'source'));
  else if (table.TEMPLATE.test(path)) sink.note('code', HARM.code, first ?? sink.argument(0, 'source'));
  else if (table.OPENS.has(path)) sink.note('open', HARM.url, sink.argument(0, 'url'));
  else if (table.DESERIALISE.test(path)) sink.note('deserialise', HARM.other, first);
  else if (path === 'yaml.load' && !isSafeLoader(sink.argument(1, 'Loader')))
    sink.note('deserialise', HARM.other, first);
  else if (path === 'mcp.StdioServerParameters' || path.endsWith('.StdioServerParameters'))
    sink.note('program', HARM.shell, sink.argument(0, 'command'));
  else request(sink);
  files(sink);
}

/** A line for a shell. What was quoted for it may still begin with a dash. */
function shellLine(sink: Sink, line: Value | undefined): void {
  sink.note('shell', HARM.shell, line);
}

function isTrue(value: Value | undefined): boolean {
  return value?.constants?.some(Boolean) === true;
}

/** A program with its arguments in a list, or a line for a shell. */
function program(sink: Sink, list: Value | undefined): void {
  if (list === undefined) return;
  const items = itemsOf(list);
  const isShell = isTrue(sink.call.named?.get('shell'));
  environment(sink);
  // With a list the first word is the line, and the others are what it can read.
  if (isShell) shellLine(sink, items[0] ?? list);
  else if (items.length === 0) sink.note('program', HARM.shell, list);
  else words(sink, items);
}

/** Variables that are named say which there are; whatever else is passed may be any of them. */
function environment(sink: Sink): void {
  const env = sink.call.named?.get('env');
  for (const each of [{ origins: env?.origins ?? [] }, ...thingsOf(env, 'object').map(({ rest }) => rest)])
    sink.note('environment', HARM.other, each);
}

/** A program and its arguments, a word each. */
function words(sink: Sink, items: readonly Value[]): void {
  const [first, ...others] = items;
  sink.note('program', HARM.shell, first);
  split(sink, others);
  const name = (onlyText(first) ?? leadingText(first) ?? '').replace(/^.*[/\\](?=.)/, '').replace(/\.exe$/, '');
  const texts = others.map(onlyText);
  if (table.SHELLS.has(name)) {
    const flag = texts.findIndex((text) => text !== undefined && /^(?:-\w*c|\/c|\/k|-command)$/i.test(text));
    for (const each of flag === -1 ? others : others.slice(flag + 1)) sink.note('shell', HARM.shell, each);
    return;
  }
  const evals = table.INTERPRETERS.get(name);
  const code = texts.findIndex((text) => text !== undefined && evals?.includes(text) === true);
  if (code !== -1) sink.note('code', HARM.code, others[code + 1]);
  else if (table.OPTIONS.has(name)) options(sink, others);
}

/** Words that may begin with a dash, before `--` says that no option comes any more. */
function options(sink: Sink, items: readonly Value[]): void {
  for (const [at, each] of items.entries()) {
    const word = onlyText(each);
    if (word === '--') return;
    const before = onlyText(items[at - 1]);
    // `-m message`: the word belongs to the option before it.
    const isTaken = before?.startsWith('-') === true;
    if (word === undefined && !isTaken && !beginsFixed(each)) sink.note('option', HARM.option, each);
  }
}

/** A text of a caller that was split into words: whatever the program is, each of them may be an option. */
function split(sink: Sink, items: readonly Value[]): void {
  for (const { origins = [] } of items)
    sink.notes.flow(
      'option',
      { ...sink.call, sink: sink.path.slice(0, 80) },
      {
        value: origins.filter((each) => [each, ...each.parents].some(({ how }) => how === 'split')),
        harm: HARM.option,
        facts: sink.machine.facts,
      },
      { isSure: false },
    );
}

function isSafeLoader(loader: Value | undefined): boolean {
  return thingsOf(loader, 'symbol').some(({ path }) => /^yaml\.C?(?:Safe|Base)Loader$/.test(path));
}

/** Where a request goes, and what goes with it. */
function request(sink: Sink): void {
  const { path, call } = sink;
  const found = table.REQUEST.exec(path);
  if (found === null) return;
  const isNamed = /\.(?:request|stream|Request|build_request)$/.test(path) && !path.startsWith('urllib.request');
  const address = hostOf(sink.argument(isNamed ? 1 : 0, 'url'), sink.machine);
  sink.note('url', HARM.url, address);
  sink.note('forward', HARM.other, call.named?.get('headers'), { sources: ['credential'] });
}

/** What of an address decides where it goes; `undefined` where that is fixed. */
function hostOf(value: Value | undefined, machine: Machine): Value | undefined {
  if (value?.pieces === undefined) return value;
  let before = '';
  for (const piece of value.pieces) {
    const text = onlyText(piece);
    if (text !== undefined) before += text;
    else if (originsIn(piece).some((each) => harmfulSources(each, HARM.url, machine.facts).length > 0))
      return /^[a-z][a-z+.-]*:\/\/[^/?#]*[/?#]/i.test(before) || /^\/(?!\/)/.test(before) ? undefined : piece;
    // An address of the server's own comes first.
    else if (before === '') return undefined;
    else before += 'x';
  }
  return undefined;
}

function files(sink: Sink): void {
  const names = table.FILES.get(sink.path);
  for (const [at, name] of (names ?? []).entries()) sink.note('path', HARM.path, sink.argument(at, name));
}

/** Methods: of paths, of connections to databases, of repositories. */
function byMethod(sink: Sink): void {
  const { call, path } = sink;
  const { receiver, name } = call;
  if (receiver === undefined) return;
  if (table.PATH_METHODS.has(name) && (isPathSymbol(receiver) || (table.PATH_ALONE.has(name) && path === ''))) {
    sink.note('path', HARM.path, receiver);
    if (name === 'rename' || name === 'replace') sink.note('path', HARM.path, call.args[0]);
  }
  statement(sink);
  // GitPython: each argument becomes a word of the command.
  if (/^git\.(?:(?:repo\.)?Repo(?:\.\w+)?\(\)\.git|(?:cmd\.)?Git\(\))\.\w+$/.test(path)) options(sink, call.args);
  // Its index takes paths from anywhere, where the program refuses what lies outside of the work tree.
  if (/^git\.(?:repo\.)?Repo(?:\.\w+)?\(\)\.index\.(?:add|remove|move|checkout)$/.test(path))
    sink.note('path', HARM.path, sink.argument(0, name === 'checkout' ? 'paths' : 'items'));
  if (name === 'goto' && /^playwright\b/.test(path)) sink.note('url', HARM.url, hostOf(call.args[0], sink.machine));
}

/** A statement for a database, given as a text. */
function statement(sink: Sink): void {
  const { call, path } = sink;
  const method = call.receiver !== undefined && table.QUERY.test(call.name);
  const isReader = /^pandas\.read_sql(?:_query)?$/.test(path);
  if (!method && !isReader) return;
  const text = sink.argument(0, /^(?:fetch|execute)/.test(call.name) ? 'query' : 'sql');
  if (text === undefined || originsIn(text).length === 0) return;
  const isDriver = table.DRIVERS.test(path) || isReader;
  const isStatement = table.STATEMENT.test(leadingText(text) ?? '');
  const isCursor =
    /^execute(?:many|script)?$/.test(call.name) &&
    /curs|conn|db|session|engine|pool|database/i.test(receiverName(call));
  if (!isDriver && !isStatement && !isCursor) return;
  const detail = isStatement ? {} : { detail: 'the whole statement' };
  sink.note('sql', HARM.sql, text, { ...detail, isSure: isDriver || isStatement });
}

/** What a variable is called says something where nothing else is known. */
function receiverName({ symbol }: OutsideCall): string {
  return symbol?.path ?? '';
}
