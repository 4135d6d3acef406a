import { type Field, listFields } from './fields.ts';
import type { JsonSchema, Problem } from './json-schema.ts';

const COMMANDS = new Set(['command', 'commands', 'cmd', 'shell', 'bash', 'powershell', 'cmdline', 'commandline']);
const SQL = new Set(['sql', 'rawsql', 'sqlquery', 'sqlstatement', 'rawquery', 'cypher', 'plsql']);
const LANGUAGES = new Set(['python', 'py', 'js', 'javascript', 'ts', 'typescript', 'ruby', 'php', 'source', 'java']);
const QUERY_LANGUAGE = /\b(sql|sqlite|postgres(?:ql)?|mysql|cypher|mongo(?:db)?|database|snowflake|bigquery)\b/i;
/** A code this short is a code to enter, not one to run. */
const SHORT_CODE = 32;

const GENERIC: Readonly<Record<string, { readonly says: string; readonly mend: string }>> = {
  'generic-command': {
    says: 'runs whatever command the model writes',
    mend: 'Offer the commands as an enum, with exec(program) and separate arguments.',
  },
  'generic-sql': {
    says: 'runs whatever query the model writes',
    mend: 'Write the query in the tool with sql(...) and take its values as arguments.',
  },
  'generic-code': {
    says: 'runs whatever code the model writes',
    mend: 'Offer the operations as an enum, or run it in a sandbox and waive this by its id.',
  },
  'open-url': {
    says: 'accepts every address',
    mend: 'Limit it with a pattern or an enum. If it goes to http(...) alone, which reaches declared hosts only, name it in "untrusted".',
  },
  'open-path': {
    says: 'accepts every path',
    mend: 'Limit it with a pattern or an enum. If it goes to files(...) alone, which stays under its root, name it in "untrusted".',
  },
};

/**
 * Fields by which a model would command something generic: a shell, a query, code, any address, any path (TDS-08).
 * Only strings that no enum, pattern or format limits. Each problem has an id that a waiver can name.
 * @param options The tool's name and description tell a query language from a plain search phrase.
 * @throws SchemaError for a schema that `inspect` refuses.
 */
export function dangerousFields(
  schema: JsonSchema,
  options?: { readonly name?: string; readonly description?: string },
): readonly Problem[] {
  const about = `${options?.name ?? ''} ${options?.description ?? ''}`.replaceAll(/[_.-]/g, ' ');
  const problems: Problem[] = [];
  for (const field of listFields(schema)) {
    const id = kindOf(field, about);
    const row = id === undefined ? undefined : GENERIC[id];
    if (id === undefined || row === undefined) continue;
    problems.push({ id, path: field.path, message: `${field.path}: ${row.says}`, mend: row.mend });
  }
  return problems;
}

function kindOf(field: Field, about: string): string | undefined {
  const text = field.types.size === 0 || field.types.has('string');
  if (!text) return undefined;
  const name = field.words.join('');
  const last = field.words.at(-1) ?? '';
  const before = field.words.at(-2) ?? '';
  // format: uri alone still admits every address.
  if (isUrl(name, last)) return field.constrained && field.format !== 'uri' ? undefined : 'open-url';
  if (field.constrained) return undefined;
  if (COMMANDS.has(name) || COMMANDS.has(last)) return 'generic-command';
  if (SQL.has(name) || SQL.has(last)) return 'generic-sql';
  if ((name === 'query' || name === 'statement') && QUERY_LANGUAGE.test(about)) return 'generic-sql';
  if (last === 'eval' || last === 'script' || name === 'expression') return 'generic-code';
  if (last === 'code' && LANGUAGES.has(before)) return 'generic-code';
  if (name === 'code' && field.maxLength > SHORT_CODE) return 'generic-code';
  return isPath(name, last) ? 'open-path' : undefined;
}

function isUrl(name: string, last: string): boolean {
  return name === 'url' || name === 'uri' || last === 'url' || name === 'endpoint' || name === 'href';
}

function isPath(name: string, last: string): boolean {
  return last === 'path' || last === 'paths' || name === 'filename' || name === 'directory' || name === 'dir';
}
