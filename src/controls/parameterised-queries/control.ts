import type { StartCheck } from '../../pipeline/start.ts';

/** What a value of a statement is. */
export type BoundValue = string | number | bigint | boolean | null | Uint8Array;

/** The databases, by how they write a placeholder. */
export type Dialect = 'sqlite' | 'postgres';

/** A statement as a database takes it. */
export interface Statement {
  readonly text: string;
  /** What is bound, in the order of the placeholders. */
  readonly values: readonly BoundValue[];
}

/** Puts the texts around the values of a statement together with them. There is one text more than there are values. */
export type Parameterise = (texts: readonly string[], values: readonly BoundValue[], dialect: Dialect) => Statement;

/**
 * Makes the writer of statements: a value becomes a placeholder and is bound, so that nothing that a caller sends is ever
 * read as SQL. With the control off it is pasted between quotes, as programs do that put their SQL together from text.
 */
export function configure(weakened: ReadonlySet<string>): Parameterise {
  return weakened.has('parameterised-queries') ? paste : bind;
}

function bind(texts: readonly string[], values: readonly BoundValue[], dialect: Dialect): Statement {
  if (dialect === 'sqlite') return { text: texts.join('?'), values };
  // Spaces, because a digit or a letter beside it would make another parameter of `$1`, or a name.
  return { text: texts.reduce((text, next, index) => `${text} $${index} ${next}`), values };
}

function paste(texts: readonly string[], values: readonly BoundValue[], dialect: Dialect): Statement {
  return { text: texts.reduce((text, next, index) => text + literal(values[index - 1], dialect) + next), values: [] };
}

function literal(value: BoundValue | undefined, dialect: Dialect): string {
  if (typeof value === 'string') return `'${value}'`;
  if (typeof value === 'boolean' && dialect === 'sqlite') return value ? '1' : '0';
  if (!(value instanceof Uint8Array)) return String(value);
  const hex = Buffer.from(value).toString('hex');
  return dialect === 'sqlite' ? `x'${hex}'` : `'\\x${hex}'::bytea`;
}

/**
 * Refuses handlers whose code hands a query over as an ordinary argument. It reads the code as text: types refuse such a
 * call before, and the template itself after.
 */
export function configureStart(): StartCheck {
  return ({ declared }) =>
    declared.flatMap(({ kind, name, code }) => {
      const call = (code?.queries ?? [])
        .map((need) => findCall(code?.text ?? '', need))
        .find((each) => each !== undefined);
      if (call === undefined) return [];
      return [
        `${kind} "${name}": ${call}(...) is called with parentheses. Write the query as a template: ${call}\`...\`.`,
      ];
    });
}

function findCall(text: string, need: string): string | undefined {
  const bare = text.replaceAll(/\/\*[^]*?\*\/|\/\/[^\n]*/g, ' ');
  const aliases = [...bare.matchAll(new RegExp(`\\b${need}\\s*:\\s*([A-Za-z_$][\\w$]*)`, 'g'))].map(
    ([, alias]) => alias ?? '',
  );
  for (const name of [need, ...aliases]) {
    const escaped = name.replaceAll('$', '\\$');
    const method = new RegExp(`(?<![\\w$])${escaped}\\s*\\??\\.\\s*(all|get|run)\\s*\\(`).exec(bare)?.[1];
    if (method !== undefined) return `${name}.${method}`;
  }
  return undefined;
}
