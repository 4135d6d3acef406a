import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { ancestorsOf, HARM, harmfulSources } from '../../engine/origins.ts';
import {
  beginsFixed,
  fieldOf,
  itemsOf,
  leadingText,
  onlyText,
  originsIn,
  thingsOf,
  type Value,
} from '../../engine/values.ts';
import type { FlowKind } from '../../facts.ts';
import type { Notes } from '../../notes.ts';
import { pathOf } from './names.ts';
import { ofRemote, otherSinks, wholeList } from './more-sinks.ts';

const SHELL =
  /^(?:child_process\.exec(?:Sync)?|shelljs\.exec|execa\.(?:execaCommand|execaCommandSync|command|commandSync)|ssh2\..*\.exec|node-ssh\..*\.execCommand)$/;
const PROGRAM =
  /^(?:child_process\.(?:spawn|spawnSync|execFile|execFileSync|fork)|cross-spawn(?:\.sync|\.spawn)?|execa(?:\.(?:execa|execaSync|sync|execaNode))?|node-pty\.spawn|Bun\.spawn(?:Sync)?|tinyexec\.(?:x|exec))$/;
const FILES =
  /^fs\.(?:readFile|writeFile|appendFile|unlink|rm|rmdir|mkdir|readdir|opendir|createReadStream|createWriteStream|open|openAsBlob|copyFile|rename|cp|symlink|link|truncate|chmod|chown|remove|outputFile|readJson|writeJson|outputJson|ensureDir|ensureFile|emptyDir|move|copy|readlink)(?:Sync)?$/;
const BOTH_PATHS = /^fs\.(?:copyFile|rename|cp|symlink|link|move|copy)(?:Sync)?$/;
const REQUEST =
  /^(?:fetch|(?:undici|node-fetch|cross-fetch|make-fetch-happen|node-fetch-native)(?:\.(?:fetch|request|stream))?|axios(?:\.(?:get|post|put|patch|delete|head|options|request))?|got(?:\.(?:get|post|put|patch|delete|head|stream))?|ky(?:\.\w+)?|https?\.(?:get|request)|superagent\.\w+|needle(?:\.\w+)?|request(?:\.\w+)?|ofetch(?:\.\w+)?|\$fetch|Bun\.fetch)$/;
const CODE =
  /^(?:eval|Function|vm\.(?:runInNewContext|runInThisContext|runInContext|compileFunction|Script|SourceTextModule)|vm2\..*\.run|import|require|module\.require)$/;
const DESERIALISE =
  /^(?:node-serialize\.unserialize|v8\.deserialize|serialize-to-js\.deserialize|funcster\.deepDeserialize|cryo\.parse)$/;
const OPENS = /^(?:open|opn|opener|electron\.shell\.openExternal|shell\.openExternal)$/;
const DRIVERS =
  /^(?:pg|pg-promise|mysql2?(?:\/promise)?|better-sqlite3|sqlite3?|sequelize|knex|typeorm|@prisma\/client|postgres|mssql|duckdb|@duckdb\/node-api|bun:sqlite|oracledb|tedious|@libsql\/client|snowflake-sdk|@clickhouse\/client|drizzle-orm|@google-cloud\/bigquery|mariadb)(?:\.|$|\()/;
const QUERY: ReadonlySet<string> = new Set(
  'query execute raw unsafe exec prepare all get run each $queryRawUnsafe $executeRawUnsafe queryRaw executeRaw batch multi runAndReadAll any none one many manyOrNone oneOrNone'.split(
    ' ',
  ),
);
const STATEMENT =
  /^\s*\(?(?:SELECT|INSERT\s+INTO|UPDATE|DELETE\s+FROM|WITH|CREATE|DROP|ALTER|PRAGMA|SHOW|DESCRIBE|EXPLAIN|CALL|MERGE|REPLACE\s+INTO|TRUNCATE|GRANT|REVOKE|ATTACH|COPY|USE)\b/i;
const SHELLS: ReadonlySet<string> = new Set(
  'sh bash zsh dash cmd cmd.exe powershell powershell.exe pwsh /bin/sh /bin/bash'.split(' '),
);
/** Programs that do more than they are asked when a word begins with a dash. */
const OPTIONS: ReadonlySet<string> = new Set(
  'git ssh scp tar curl wget find rsync kubectl docker podman npm npx gh zip unzip sed awk helm terraform python python3 node ffmpeg hg svn aws gcloud az pip man less'.split(
    ' ',
  ),
);
const INTERPRETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['node', ['-e', '--eval', '-p']],
  ['python', ['-c']],
  ['python3', ['-c']],
  ['ruby', ['-e']],
  ['perl', ['-e']],
  ['osascript', ['-e']],
  ['php', ['-r']],
  ['deno', ['eval']],
]);

/** Notes values of callers that arrive where they do harm. It answers nothing. */
export function sinks(notes: Notes): Model {
  return (call, machine) => {
    const path = pathOf(call);
    const harm = harmIn(path);
    if (harm !== undefined) ofRemote(notes, call, machine, path, harm);
    if (!machine.isFollowing) return undefined;
    otherSinks(notes, call, machine, path);
    if (path !== '') bySymbol(notes, call, machine, path);
    statement(notes, call, machine, path);
    return undefined;
  };
}

/** What a text that another server chose can do there. */
function harmIn(path: string): number | undefined {
  if (SHELL.test(path) || PROGRAM.test(path)) return HARM.shell;
  if (CODE.test(path) || DESERIALISE.test(path)) return HARM.code;
  return OPENS.test(path) ? HARM.scheme : undefined;
}

function note(
  notes: Notes,
  call: OutsideCall,
  machine: Machine,
  kind: FlowKind,
  [harm, value]: readonly [number, Value | undefined],
  more: Parameters<Notes['flow']>[3] = {},
): void {
  if (value === undefined) return;
  const sink = pathOf(call) === '' ? `.${call.name}` : pathOf(call);
  notes.flow(kind, { ...call, sink: sink.slice(0, 80) }, { value, harm, facts: machine.facts }, more);
}

function bySymbol(notes: Notes, call: OutsideCall, machine: Machine, path: string): void {
  const [first, second] = call.args;
  if (SHELL.test(path)) note(notes, call, machine, 'shell', [HARM.shell, first]);
  else if (PROGRAM.test(path)) program(notes, call, machine);
  else if (FILES.test(path)) {
    note(notes, call, machine, 'path', [HARM.path, first]);
    if (BOTH_PATHS.test(path)) note(notes, call, machine, 'path', [HARM.path, second]);
  } else if (REQUEST.test(path) || /^axios\.create\(\)\.(?:get|post|put|patch|delete|request)$/.test(path))
    request(notes, call, machine, path);
  else if (CODE.test(path))
    note(notes, call, machine, 'code', [HARM.code, path === 'Function' ? call.args.at(-1) : first]);
  else if ((path === 'setTimeout' || path === 'setInterval') && first?.pieces !== undefined)
    note(notes, call, machine, 'code', [HARM.code, first]);
  else if (DESERIALISE.test(path)) note(notes, call, machine, 'deserialise', [HARM.other, first]);
  else if (OPENS.test(path)) note(notes, call, machine, 'open', [HARM.scheme, first]);
}

function isTrue(value: Value | undefined): boolean {
  return value?.constants?.some((each) => each === true || typeof each === 'string') === true;
}

/** A program with its arguments. */
function program(notes: Notes, call: OutsideCall, machine: Machine): void {
  const [first, list] = call.args;
  const options = call.args.find((each) => fieldOf(each, 'shell') !== undefined);
  const items = itemsOf(list);
  if (isTrue(fieldOf(options, 'shell'))) {
    for (const each of [first, ...items, { origins: list?.origins ?? [] }])
      note(notes, call, machine, 'shell', [HARM.shell, each]);
    return;
  }
  note(notes, call, machine, 'program', [HARM.shell, first]);
  wholeList(notes, call, machine, pathOf(call), [first, list]);
  const env = environmentOf(call);
  // Fields that are named say which variables there are; whatever else is passed may be any of them.
  for (const each of [{ origins: env?.origins ?? [] }, ...thingsOf(env, 'object').map(({ rest }) => rest)])
    note(notes, call, machine, 'environment', [HARM.other, each]);
  const name = (onlyText(first) ?? leadingText(first) ?? '').replace(/^.*[/\\](?=.)/, '').replace(/\.exe$/, '');
  const words = items.map(onlyText);
  const flag = words.findIndex((word) => word !== undefined && /^(?:-c|\/c|\/C|-Command|-lc|-command|\/k)$/.test(word));
  if (SHELLS.has(onlyText(first) ?? '') || SHELLS.has(name)) {
    const script = flag === -1 ? items : items.slice(flag + 1, name.startsWith('cmd') ? undefined : flag + 2);
    for (const each of script) note(notes, call, machine, 'shell', [HARM.shell, each]);
    return;
  }
  const evals = INTERPRETERS.get(name);
  const code = words.findIndex((word) => word !== undefined && evals?.includes(word) === true);
  if (code !== -1) note(notes, call, machine, 'code', [HARM.code, items[code + 1]]);
  else if (OPTIONS.has(name)) optionWords(notes, call, machine, items);
}

function environmentOf({ args }: OutsideCall): Value | undefined {
  return args.map((each) => fieldOf(each, 'env')).find((each) => each !== undefined);
}

/** Words that may begin with a dash, before `--` says that no option comes any more. */
function optionWords(notes: Notes, call: OutsideCall, machine: Machine, items: readonly Value[]): void {
  for (const [at, each] of items.entries()) {
    const word = onlyText(each);
    if (word === '--') return;
    const before = onlyText(items[at - 1]);
    // `-m message`: the word belongs to the option before it.
    const isTaken = before !== undefined && before.startsWith('-');
    if (word === undefined && !isTaken && !beginsFixed(each)) note(notes, call, machine, 'option', [HARM.option, each]);
  }
}

/** Where a request goes, and what goes with it. */
function request(notes: Notes, call: OutsideCall, machine: Machine, path: string): void {
  const [first, second, third] = call.args;
  const address = fieldOf(first, 'url') ?? fieldOf(first, 'hostname') ?? fieldOf(first, 'host') ?? first;
  const value = hostOf(address, machine);
  if (value !== undefined && !hasBase(call)) note(notes, call, machine, 'url', [HARM.url, value]);
  const isBody = /\.(?:post|put|patch)$/.test(path) && path.startsWith('axios');
  for (const options of [first, isBody ? third : second]) {
    const headers = fieldOf(options, 'headers');
    if (headers !== undefined)
      note(notes, call, machine, 'forward', [HARM.other, headers], { sources: ['credential'] });
  }
}

/** With an address of its own (`axios.create({ baseURL })`) only the way within it is passed; axios takes a whole one as well. */
function hasBase({ symbol }: OutsideCall): boolean {
  return symbol?.of?.args?.some((each) => fieldOf(each, 'baseURL') !== undefined) === true;
}

/** What of an address decides where it goes; `undefined` where that is fixed. */
function hostOf(value: Value | undefined, machine: Machine): Value | undefined {
  if (value?.pieces === undefined) return value;
  let before = '';
  for (const piece of value.pieces) {
    const text = onlyText(piece);
    if (text !== undefined) before += text;
    else if (isFollowed(piece, machine))
      return /^[a-z][a-z+.-]*:\/\/[^/?#]*[/?#]/i.test(before) || /^\/(?!\/)/.test(before) ? undefined : piece;
    // An address of the server's own comes first.
    else if (before === '') return undefined;
    else before += 'x';
  }
  return undefined;
}

function isFollowed(value: Value, machine: Machine): boolean {
  return originsIn(value).some((each) => harmfulSources(each, HARM.url, machine.facts).length > 0);
}

/** A statement for a database, given as a text. */
function statement(notes: Notes, call: OutsideCall, machine: Machine, path: string): void {
  if (!QUERY.has(call.name) || call.receiver === undefined) return;
  const [first] = call.args;
  const text = fieldOf(first, 'text') ?? fieldOf(first, 'sql') ?? fieldOf(first, 'query') ?? first;
  if (text === undefined || originsIn(text).length === 0) return;
  const isDriver = DRIVERS.test(path);
  const isStatement = STATEMENT.test(leadingText(text) ?? '');
  const isUnsafe = /Unsafe$|^unsafe$/.test(call.name);
  if (!isDriver && !isStatement && !isUnsafe) return;
  if (isDriver && !isStatement && !/^(?:query|execute|exec|raw)$/.test(call.name) && /prepare\(\)/.test(path)) return;
  const detail = isStatement ? {} : { detail: 'the whole statement' };
  note(notes, call, machine, 'sql', [HARM.sql, text], { ...detail, isSure: isDriver || isStatement });
}

/** What a handler gives back to the caller, looked through for what it must not. */
export function answers(notes: Notes, value: Value, call: Pick<OutsideCall, 'frame' | 'at'>, machine: Machine): void {
  const seen = new Set<Value>();
  const visit = (each: Value, depth: number): void => {
    if (seen.has(each) || depth > 6) return;
    seen.add(each);
    // What a function that is not known gives back for a token may be anything, and is seldom the token.
    for (const from of each.origins ?? [])
      for (const source of harmfulSources(from, HARM.other, machine.facts))
        if (
          (source.kind === 'error' && source.name.endsWith('stack')) ||
          (source.kind === 'credential' && ![...ancestorsOf([from])].some(({ how }) => how === 'through'))
        )
          notes.flow(
            'answer',
            { ...call, sink: 'result' },
            { value: [from], harm: HARM.other, facts: machine.facts },
            { sources: [source.kind] },
          );
    for (const piece of each.pieces ?? []) visit(piece, depth + 1);
    for (const object of thingsOf(each, 'object'))
      for (const field of [...object.fields.values(), ...(object.rest === undefined ? [] : [object.rest])])
        visit(field, depth + 1);
  };
  visit(value, 0);
}
