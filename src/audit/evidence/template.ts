import { FILL_IN, type Field, type Fields } from './fields.ts';
import type { RecordKind } from './record-rule.ts';

const MARGIN = 44;
/** What a template leaves out: who needs them finds them in the guide. */
const LEFT_OUT: ReadonlySet<string> = new Set(['portcullis', 'kind', 'files', 'note', 'for']);

/** A record of a kind to fill in, in YAML. It does not count until every field of it has been written. */
export function templateOf({ kind, fields, freshDays, isSigned }: RecordKind, title: string): string {
  const lines = [
    `# ${title}.`,
    `# It counts for ${freshDays} days. Write something in the place of every ${FILL_IN}; a field that is marked optional may go.`,
    ...(isSigned ? [`# It counts signed: portcullis evidence sign <this file> --key <file>`] : []),
    'portcullis: evidence/1',
    `kind: ${kind}`,
  ];
  for (const [name, field] of Object.entries(fields)) if (!LEFT_OUT.has(name)) lines.push(...linesOf(name, field, ''));
  return `${lines.join('\n')}\n`;
}

function linesOf(name: string, field: Field, indent: string): readonly string[] {
  const says = saysOf(field);
  if (field.type === 'texts') return [commented(`${indent}${name}: [${FILL_IN}]`, says)];
  if (field.type !== 'list') return [commented(`${indent}${name}: ${FILL_IN}`, says)];
  return [commented(`${indent}${name}:`, says), ...itemOf(field.of, `${indent}  `)];
}

function itemOf(fields: Fields, indent: string): readonly string[] {
  const lines = Object.entries(fields).flatMap(([name, field]) => linesOf(name, field, `${indent}  `));
  const [first = '', ...rest] = lines;
  return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
}

/** What a field holds, in a line. */
function saysOf(field: Field): string {
  const form: Readonly<Record<Field['type'], string>> = {
    text: '',
    day: '2026-01-31',
    number: 'a number',
    flag: 'true or false',
    texts: 'a list',
    choice: field.type === 'choice' ? field.of.join(' | ') : '',
    list: field.type === 'list' && field.least === 0 ? 'may be []' : '',
  };
  const parts = [field.says, form[field.type], field.isOptional === true ? 'optional' : ''];
  return parts.filter((part) => part !== '').join('; ');
}

function commented(text: string, says: string): string {
  return `${text.padEnd(MARGIN)} # ${says}`;
}
