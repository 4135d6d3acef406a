import type { Target } from '../pipeline/catalog.ts';
import { isObject } from '../protocol/json.ts';

const NONE: ReadonlySet<string> = new Set();
const known = new WeakMap<Target, { readonly input: ReadonlySet<string>; readonly output: ReadonlySet<string> }>();

/** The names of members that the schemas of a primitive declare: whoever made it wrote them, and no caller. */
export function declaredNames(target: Target): {
  readonly input: ReadonlySet<string>;
  readonly output: ReadonlySet<string>;
} {
  let names = known.get(target);
  if (names === undefined) {
    const { inputSchema, outputSchema } = target.definition;
    names = { input: namesIn(inputSchema), output: namesIn(outputSchema) };
    known.set(target, names);
  }
  return names;
}

function namesIn(schema: unknown): ReadonlySet<string> {
  if (schema === undefined) return NONE;
  const names = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    if (!isObject(node)) return;
    const { properties, propertyNames } = node;
    if (isObject(properties)) for (const name of Object.keys(properties)) names.add(name);
    const listed = isObject(propertyNames) ? propertyNames['enum'] : undefined;
    if (Array.isArray(listed)) for (const name of listed) names.add(String(name));
    Object.values(node).forEach(visit);
  };
  visit(schema);
  return names;
}

/** Every name of a member in a value, in order, that is not among those declared: it can carry as much as a text. */
export function namesOf(value: unknown, declared: ReadonlySet<string>): readonly string[] {
  const found: string[] = [];
  const visit = (member: unknown): void => {
    if (Array.isArray(member)) member.forEach(visit);
    else if (typeof member === 'object' && member !== null) {
      for (const [name, inner] of Object.entries(member)) {
        if (!declared.has(name)) found.push(name);
        visit(inner);
      }
    }
  };
  visit(value);
  return found;
}
