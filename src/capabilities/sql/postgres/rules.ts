import { SqlError } from '../error.ts';

/** What a text says of itself, before a database sees it. */
export interface TextFacts {
  /** Names that are called like a function, as PostgreSQL would look them up. */
  readonly called: readonly string[];
}

const READS: ReadonlySet<string> = new Set(['select', 'with', 'values', 'table']);
const WRITES: ReadonlySet<string> = new Set([...READS, 'insert', 'update', 'delete', 'merge']);

/** Words that a parenthesis follows without making them a function of the catalogue. */
const SYNTAX: ReadonlySet<string> = new Set([
  'in',
  'values',
  'and',
  'or',
  'not',
  'as',
  'on',
  'from',
  'where',
  'exists',
]);

/**
 * Looks at a statement's text: rows alone are its business. Everything that steers the session or the transaction (SET,
 * RESET, BEGIN, COMMIT, LISTEN), defines (CREATE), runs other text (DO, CALL, EXECUTE) or reaches files and programs (COPY)
 * begins with another word.
 * @throws SqlError `denied`.
 */
export function readText(text: string, access: 'read' | 'write'): TextFacts {
  const called = new Set<string>();
  let first: string | undefined;
  let before = '';
  let name: string | undefined;
  for (const { kind, word } of tokensOf(text)) {
    if (kind === 'other' && word === '(') {
      if (name !== undefined && !SYNTAX.has(name)) called.add(name);
    } else if (kind === 'word') first ??= word;
    else first ??= kind;
    // SELECT ... INTO makes a table.
    if (kind === 'word' && word === 'into' && before !== 'insert' && before !== 'merge') throw new SqlError('denied');
    name = kind === 'other' ? undefined : word;
    before = kind === 'word' ? word : '';
  }
  if (!(access === 'read' ? READS : WRITES).has(first ?? '')) throw new SqlError('denied');
  return { called: [...called] };
}

interface Token {
  readonly kind: 'word' | 'quoted' | 'other';
  readonly word: string;
}

const LEXEME =
  /(--[^\n\r]*)|(\/\*)|('(?:[^']|'')*')|"((?:[^"]|"")*)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(\s+)|([^])/y;

/** The words and marks of a text that has no escape strings and no dollar quotes; see `template.ts`. */
function* tokensOf(text: string): Generator<Token, void, undefined> {
  const lexeme = new RegExp(LEXEME);
  while (lexeme.lastIndex < text.length) {
    const [, line, block, literal, quoted, word, space, other] = lexeme.exec(text) ?? [];
    if (block !== undefined) lexeme.lastIndex = endOfComment(text, lexeme.lastIndex);
    else if (literal !== undefined) yield { kind: 'other', word: "'" };
    else if (quoted !== undefined) yield { kind: 'quoted', word: quoted.replaceAll('""', '"') };
    else if (word !== undefined) yield { kind: 'word', word: fold(word) };
    else if (other !== undefined) yield { kind: 'other', word: other };
    else if (line === undefined && space === undefined) return;
  }
}

/** PostgreSQL folds the ASCII letters of a name that is not in quotes. */
function fold(word: string): string {
  return word.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function endOfComment(text: string, from: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = from;
  for (let depth = 1; depth > 0; ) {
    const found = mark.exec(text);
    if (found === null) return text.length;
    depth += found[0] === '/*' ? 1 : -1;
  }
  return mark.lastIndex;
}

const HARMLESS = [
  'random',
  'gen_random_uuid',
  'gen_random_bytes',
  'clock_timestamp',
  'timeofday',
  'currval',
  'lastval',
];
const FOR_WRITING = [...HARMLESS, 'nextval', 'gen_salt', 'uuid_generate_v1', 'uuid_generate_v1mc', 'uuid_generate_v4'];

/**
 * Names among the called ones that may do something beside giving a value. PostgreSQL knows by `provolatile`: `nextval`,
 * `set_config`, `pg_advisory_lock`, `pg_terminate_backend`, `pg_read_file`, `pg_sleep`, `lo_*` (which a read-only
 * transaction lets write before PostgreSQL 16), `dblink` and `query_to_xml` are volatile. A reader may call none; a writer
 * may call those that the owner of the database has written, not those of the system and of extensions.
 */
export function riskyFunctions(
  called: readonly string[],
  access: 'read' | 'write',
): { readonly text: string; readonly values: readonly string[] } {
  const foreign = `and (n.nspname in ('pg_catalog', 'information_schema') or exists (
    select 1 from pg_catalog.pg_depend d
    where d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.objid = p.oid and d.deptype = 'e'))`;
  return {
    text: `select distinct p.proname::text as name
      from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
      where p.proname in (select pg_catalog.json_array_elements_text($1::json))
        and p.proname not in (select pg_catalog.json_array_elements_text($2::json))
        and p.provolatile = 'v' ${access === 'write' ? foreign : ''} limit 20`,
    values: [JSON.stringify(called), JSON.stringify(access === 'read' ? HARMLESS : FOR_WRITING)],
  };
}
