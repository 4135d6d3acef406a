import type { Argument, Expression, Module, Statement, Target } from '../../src/audit/code/ir.ts';

/** The intermediate form of a file as text that a person can compare: one statement a line, functions in place. */
export function shown(module: Module): string {
  return statements(module, module.body, '').join('\n');
}

function statements(module: Module, body: readonly Statement[], indent: string): readonly string[] {
  return body.flatMap((statement) => one(module, statement, indent));
}

function one(module: Module, statement: Statement, indent: string): readonly string[] {
  const show = (value: Expression | undefined): string => (value === undefined ? '' : expression(module, value));
  const inside = (body: readonly Statement[]): readonly string[] => statements(module, body, `${indent}  `);
  const line = (text: string): string => `${indent}${text}`;
  switch (statement.kind) {
    case 'assign': {
      const { value } = statement;
      const head = line(`${target(module, statement.target)} = ${show(value)}`);
      const made = value.kind === 'sequence' ? value.items.at(-1) : value;
      if (made?.kind === 'function') return [head, ...inside(module.functions[made.id]?.body ?? [])];
      if (value.kind !== 'class') return [head];
      const members = module.classes[value.id]?.members ?? [];
      return [
        head,
        ...members.flatMap((member) => [
          line(
            `  ${member.isStatic ? 'static ' : ''}${member.isGetter === true ? 'get ' : ''}${member.name}: ${member.type ?? ''} = ${show(member.value)}`,
          ),
          ...(member.value?.kind === 'function'
            ? statements(module, module.functions[member.value.id]?.body ?? [], `${indent}    `)
            : []),
        ]),
      ];
    }
    case 'do':
      return [line(show(statement.value))];
    case 'return':
    case 'throw':
      return [line(`${statement.kind} ${show(statement.value)}`.trim())];
    case 'leave':
      return [line('leave')];
    case 'if':
      return [
        line(`if ${show(statement.test)}`),
        ...inside(statement.whenTrue),
        ...(statement.otherwise.length === 0 ? [] : [line('else'), ...inside(statement.otherwise)]),
      ];
    case 'loop': {
      const { each, test } = statement;
      const head = each === undefined ? show(test) : `${target(module, each.target)} of ${show(each.of)}`;
      return [line(`loop ${head}`), ...inside(statement.body)];
    }
    case 'switch':
      return [
        line(`switch ${show(statement.on)}`),
        ...statement.cases.flatMap((each) => [
          line(each.isDefault ? 'default' : `case ${each.tests.map(show).join(' | ')}`),
          ...inside(each.body),
        ]),
      ];
    default:
      return [
        line('try'),
        ...inside(statement.body),
        ...(statement.handler === undefined ? [] : [line('catch'), ...inside(statement.handler)]),
        ...(statement.final.length === 0 ? [] : [line('finally'), ...inside(statement.final)]),
      ];
  }
}

function target(module: Module, to: Target): string {
  switch (to.kind) {
    case 'variable':
      return name(module, to.id) + (to.type === undefined ? '' : `: ${to.type}`);
    case 'global':
      return `global ${to.name}`;
    case 'member':
      return `${expression(module, to.of)}.${to.name}`;
    case 'index':
      return `${expression(module, to.of)}[${expression(module, to.index)}]`;
    case 'fields': {
      const fields = to.fields.map((field) => `${field.name}: ${target(module, field.target)}`);
      return `{${[...fields, ...(to.rest === undefined ? [] : [`...${target(module, to.rest)}`])].join(', ')}}`;
    }
    default: {
      const items = to.items.map((item) => (item === undefined ? '' : target(module, item.target)));
      return `[${[...items, ...(to.rest === undefined ? [] : [`...${target(module, to.rest)}`])].join(', ')}]`;
    }
  }
}

/** A variable by its name and the function that it belongs to. */
function name(module: Module, id: number): string {
  const variable = module.variables[id];
  const owner = variable?.owner === undefined ? undefined : module.functions[variable.owner]?.name || 'lambda';
  return owner === undefined ? (variable?.name ?? '?') : `${owner}.${variable?.name ?? '?'}`;
}

function expression(module: Module, value: Expression): string {
  const show = (each: Expression): string => expression(module, each);
  switch (value.kind) {
    case 'literal':
      return JSON.stringify(value.value);
    case 'text':
      return `text(${value.parts.map(show).join(', ')})`;
    case 'variable':
      return name(module, value.id);
    case 'global':
      return `<${value.name}>`;
    case 'self':
    case 'super':
      return value.kind;
    case 'member':
      return `${show(value.of)}.${value.name}`;
    case 'index':
      return `${show(value.of)}[${show(value.index)}]`;
    case 'call':
      return `${show(value.callee)}(${value.args.map((each) => argument(module, each)).join(', ')})`;
    case 'import':
      return `import(${value.from})`;
    case 'object':
      return `{${value.fields
        .map((field) =>
          field.spread === true
            ? `...${show(field.value)}`
            : `${field.name ?? ''}${field.key === undefined ? '' : `[${show(field.key)}]`}: ${show(field.value)}`,
        )
        .join(', ')}}`;
    case 'list':
      return `[${value.items.map((item) => (item.spread ? '...' : '') + show(item.value)).join(', ')}]`;
    case 'function':
      return func(module, value.id);
    case 'class':
      return classOf(module, value.id);
    case 'await':
      return `await ${show(value.value)}`;
    case 'assign':
      return `(${target(module, value.target)} = ${show(value.value)})`;
    case 'choice':
      return `(${show(value.test)} ? ${show(value.whenTrue)} : ${show(value.otherwise)})`;
    case 'logical':
      return `(${show(value.left)} ${value.op} ${show(value.right)})`;
    case 'not':
      return `not ${show(value.value)}`;
    case 'binary':
      return `(${show(value.left)} ${value.op} ${show(value.right)})`;
    case 'each':
      return `each(${target(module, value.target)} of ${show(value.of)}${value.tests.map((test) => ` if ${show(test)}`).join('')}: ${value.key === undefined ? '' : `${show(value.key)} -> `}${show(value.value)})`;
    case 'sequence':
      return `(${value.items.map(show).join('; ')})`;
    default:
      return value.kind;
  }
}

function argument(module: Module, { value, name: named, spread }: Argument): string {
  const before = spread === undefined ? '' : spread === 'named' ? '**' : '*';
  return `${before}${named === undefined ? '' : `${named}=`}${expression(module, value)}`;
}

function func(module: Module, id: number): string {
  const found = module.functions[id];
  const params = (found?.params ?? []).map(({ target: to, fallback, rest, type }) => {
    const before = rest === undefined ? '' : rest === 'named' ? '**' : '*';
    const after = fallback === undefined ? '' : ` = ${expression(module, fallback)}`;
    return `${before}${target(module, to)}${type === undefined ? '' : `: ${type}`}${after}`;
  });
  const decorators = (found?.decorators ?? []).map((each) => `@${expression(module, each)} `).join('');
  const body = found?.name === '' ? ` ${statements(module, found.body, '').join('; ')}` : '';
  return `${decorators}function(${params.join(', ')})${body}`;
}

function classOf(module: Module, id: number): string {
  const found = module.classes[id];
  const decorators = (found?.decorators ?? []).map((each) => `@${expression(module, each)} `).join('');
  return `${decorators}class(${(found?.bases ?? []).map((base) => expression(module, base)).join(', ')})`;
}
