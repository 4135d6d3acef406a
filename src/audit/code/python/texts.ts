import type { Expression } from '../ir.ts';
import type { Lowering } from './lowering.ts';
import type { Scope } from './scope.ts';
import { readString, unescape } from './strings.ts';

/** Formats that only numbers pass: `{x:d}` raises for a string. */
const NUMERIC = /[bcdoxXeEfFgGn%]$/;

/** A string literal; an f-string becomes its pieces. */
export function formatted(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const children = tree.children(node);
  if (children.length === 0) return { kind: 'literal', value: readString(tree.textOf(node)).value, at };
  const isRaw = /^\w*r/i.test(tree.textOf(children[0] ?? node));
  const parts = children.flatMap((child): readonly Expression[] => {
    const kind = tree.kind(child);
    if (kind === 'interpolation') return [interpolated(from, child, scope)];
    if (kind !== 'string_content') return [];
    const text = tree.textOf(child).replaceAll('{{', '{').replaceAll('}}', '}');
    return [{ kind: 'literal', value: isRaw ? text : unescape(text), at: tree.start(child) }];
  });
  return textOf(parts, at);
}

function interpolated(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const at = tree.start(node);
  const parts = tree.children(node);
  const format = parts.find((part) => tree.kind(part) === 'format_specifier');
  const [shown = node] = parts;
  const value = from.expression(shown, scope);
  if (format === undefined || tree.children(format).length > 0 || !NUMERIC.test(tree.textOf(format))) return value;
  return { kind: 'call', callee: { kind: 'global', name: 'int', at }, args: [{ value }], isNew: false, at };
}

/** `'a' f'{b}'`. */
export function joinedStrings(from: Lowering, node: number, scope: Scope): Expression {
  const { tree } = from;
  const parts = tree.children(node).flatMap((child): readonly Expression[] => {
    const one = from.expression(child, scope);
    return one.kind === 'text' ? one.parts : [one];
  });
  return textOf(parts, tree.start(node));
}

/** Pieces that are all literal are one literal. */
function textOf(parts: readonly Expression[], at: number): Expression {
  const texts = parts.map((part) => (part.kind === 'literal' ? part.value : undefined));
  if (texts.every((text) => typeof text === 'string')) return { kind: 'literal', value: texts.join(''), at };
  return { kind: 'text', parts, at };
}
