import { itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import { secretIn } from '../secrets-in-files.ts';
import type { At, ClientServer, Held } from './parts.ts';

/** Where clients keep their servers: Claude Desktop, Claude Code, Cursor, Windsurf; VS Code; Zed. */
const SECTIONS = ['mcpServers', 'servers', 'context_servers'];
/** How they name the tools that a server may use without asking. */
const APPROVALS = ['alwaysAllow', 'autoApprove', 'autoApproved', 'alwaysAllowed'];

/** The servers of a client's configuration; `undefined` when the document is none. */
export function readClient(file: string, root: Located): readonly ClientServer[] | undefined {
  const mcp = member(root, 'mcp') ?? root;
  const section = SECTIONS.map((name) => member(mcp, name) ?? member(root, name)).find((each) => each?.members);
  if (section === undefined) return undefined;
  return membersOf(section)
    .filter(([, entry]) => entry.members !== undefined)
    .map(([name, entry]) => readServer(file, name, entry));
}

function readServer(file: string, name: string, entry: Located): ClientServer {
  const { line, column } = entry;
  // Zed has the program in an object of its own.
  const nested = member(entry, 'command', 'path');
  const command = atText(nested ?? member(entry, 'command'));
  const url = atText(member(entry, 'url') ?? member(entry, 'serverUrl') ?? member(entry, 'httpUrl'));
  const holder = nested === undefined ? entry : member(entry, 'command');
  const trusted = member(entry, 'trust')?.scalar === true ? [{ value: '*', ...placeOf(member(entry, 'trust')) }] : [];
  return {
    file,
    line,
    column,
    name,
    ...(command === undefined ? {} : { command }),
    args: argumentsOf(itemsOf(member(holder, 'args')).flatMap((each) => atText(each) ?? [])),
    env: namedIn(member(holder, 'env')),
    ...(url === undefined ? {} : { url: plainUrl(url) }),
    headers: namedIn(member(entry, 'headers')),
    approves: [
      ...APPROVALS.flatMap((key) => itemsOf(member(entry, key)).flatMap((each) => atText(each) ?? [])),
      ...APPROVALS.filter((key) => member(entry, key)?.scalar === true).map((key) => ({
        value: '*',
        ...placeOf(member(entry, key)),
      })),
      ...trusted,
    ],
  };
}

function placeOf(value: Located | undefined): { readonly line: number; readonly column: number } {
  return { line: value?.line ?? 1, column: value?.column ?? 1 };
}

/** A scalar as text with its place. */
export function atText(value: Located | undefined): At<string> | undefined {
  const text = textOf(value);
  return text === undefined || value === undefined
    ? undefined
    : { value: text, line: value.line, column: value.column };
}

/** What a value is kept as: its kind, where it is a secret, and never itself. */
export function heldOf(name: string, { value, line, column }: At<string>): Held {
  const secret = secretIn(name, value);
  return { name, ...(secret === undefined ? {} : { secret }), line, column };
}

/** The members of a mapping of names to texts. */
export function namedIn(value: Located | undefined): readonly Held[] {
  return membersOf(value).flatMap(([name, each]) => {
    const text = atText(each);
    return text === undefined ? [] : [heldOf(name, text)];
  });
}

/** Arguments without the secrets among them. */
export function argumentsOf(args: readonly At<string>[]): ClientServer['args'] {
  return args.map((each, at) => {
    const option = /^--?([\w-]+)=([^]*)$/.exec(each.value);
    const before = /^--?([\w-]+)$/.exec(args[at - 1]?.value ?? '')?.[1] ?? '';
    const name = (option?.[1] ?? before).replaceAll('-', '_');
    const secret = secretIn(name, option?.[2] ?? each.value);
    if (secret === undefined) return each;
    return { ...each, value: option === null ? '[secret]' : `--${option[1] ?? ''}=[secret]`, secret };
  });
}

/** Without what could be a credential in it. */
function plainUrl(url: At<string>): At<string> {
  const parsed = URL.parse(url.value);
  return parsed === null ? url : { ...url, value: parsed.origin + parsed.pathname };
}
