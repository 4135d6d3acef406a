import { isObject } from '../protocol/json.ts';

const DEEPEST = 64;
const MOST_UNITS = 65_536;
/** How far from the name an order may stand. */
const NEAR = 80;

/** Words that make the mention of another tool an order. */
const ORDERS = ['must', 'always', 'never', 'instead', 'first', 'before', 'whenever'].map(
  (order) => new RegExp(`\\b${order}\\b`),
);

/** The words around the name of another tool, where they give orders about it: two of them at least. */
export function ordersAbout(text: string, tools: ReadonlySet<string>): string | undefined {
  for (const { 0: name, index } of text.matchAll(/[A-Za-z0-9]+(?:[_.-]+[A-Za-z0-9]+)+/g)) {
    if (!tools.has(name)) continue;
    const near = text.slice(Math.max(0, index - NEAR), index + name.length + NEAR).toLowerCase();
    if (ORDERS.filter((order) => order.test(near)).length >= 2) return near;
  }
  return undefined;
}

/** The first of such words in any text of a definition. */
export function ordersIn(definition: unknown, tools: ReadonlySet<string>, depth = 0): string | undefined {
  if (tools.size === 0 || depth > DEEPEST) return undefined;
  if (typeof definition === 'string') return ordersAbout(definition.slice(0, MOST_UNITS), tools);
  const members = Array.isArray(definition)
    ? definition
    : isObject(definition)
      ? Object.entries(definition).flat()
      : [];
  for (const member of members) {
    const found = ordersIn(member, tools, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
