import type { Machine, OutsideCall } from '../../engine/machine.ts';
import { HARM, harmfulSources, NO_FACTS } from '../../engine/origins.ts';
import { fieldOf, leadingText, onlyText, originsIn, thingsOf, type Value } from '../../engine/values.ts';
import type { FlowKind } from '../../facts.ts';
import type { Notes } from '../../notes.ts';

const LAUNCHES = /^@modelcontextprotocol\/(?:sdk\/)?client\b.*\bStdioClientTransport$/;
const BROWSES = /^(?:puppeteer|puppeteer-core|puppeteer-extra|playwright|playwright-core|@playwright\/test)\b.*\.goto$/;

type Target = readonly [kind: FlowKind, harm: number, value: Value | undefined];

function note(
  notes: Notes,
  call: OutsideCall,
  machine: Machine,
  [kind, harm, value]: Target,
  more: Parameters<Notes['flow']>[3] & { readonly sink: string },
): void {
  if (value !== undefined) notes.flow(kind, { ...call, sink: more.sink }, { value, harm, facts: machine.facts }, more);
}

/** Notes what another server answers where it is run or opened, in handlers and outside of them. */
export function ofRemote(notes: Notes, call: OutsideCall, machine: Machine, sink: string, harm: number): void {
  const value = sink === 'Function' ? call.args.at(-1) : call.args[0];
  // What begins with the address of a web page is one.
  if (harm === HARM.scheme && /^https?:\/\/[^/]+/.test(leadingText(value) ?? '')) return;
  note(notes, call, machine, ['remote', harm, value], {
    sink: sink.slice(0, 80),
    sources: ['remote'],
    detail:
      harm === HARM.scheme ? 'opened, whatever its scheme' : harm === HARM.code ? 'run as code' : 'run as a command',
  });
}

/** Notes values of callers that arrive in expressions, in browsers that the server runs, and in servers that it starts. */
export function otherSinks(notes: Notes, call: OutsideCall, machine: Machine, path: string): void {
  const [first] = call.args;
  const sink = path.slice(-80);
  if (path === 'RegExp') note(notes, call, machine, ['pattern', HARM.pattern, first], { sink });
  else if (BROWSES.test(path) && !hasFixedHost(first)) note(notes, call, machine, ['url', HARM.url, first], { sink });
  else if (LAUNCHES.test(path)) {
    const [program, list, env] = ['command', 'args', 'env'].map((name) => fieldOf(first, name));
    note(notes, call, machine, ['program', HARM.shell, program], { sink });
    wholeList(notes, call, machine, sink, [program, list]);
    for (const each of [{ origins: env?.origins ?? [] }, ...thingsOf(env, 'object').map(({ rest }) => rest)])
      note(notes, call, machine, ['environment', HARM.other, each], { sink });
  }
}

function hasFixedHost(value: Value | undefined): boolean {
  return /^[a-z][a-z+.-]*:\/\/[^/?#]+[/?#]/i.test(leadingText(value) ?? '');
}

/** Whoever chooses a program from a list and passes all of its arguments chooses what is run: `node`, and then `-e`. */
export function wholeList(
  notes: Notes,
  call: OutsideCall,
  machine: Machine,
  sink: string,
  [program, list]: readonly (Value | undefined)[],
): void {
  if (program === undefined || onlyText(program) !== undefined) return;
  const isChosen = originsIn(program).some((each) =>
    harmfulSources(each, 0, NO_FACTS).some(({ kind }) => kind === 'argument'),
  );
  if (!isChosen) return;
  for (const each of [{ origins: list?.origins ?? [] }, ...thingsOf(list, 'object').map(({ rest }) => rest)])
    note(notes, call, machine, ['program', HARM.shell, each], { sink, detail: 'every argument' });
}
