import type { FunctionId, Module, Offset, VariableId } from './ir.ts';
import { textOf, within, type Part, type Words } from './walk.ts';

const GATE = /read_?only|allow|enable|disable|permit|restrict|scope|role|expos|safe_?mode/i;

/**
 * Handlers of calls that do not look at what the handler of the list asks before it leaves a tool out. Only what is a variable of the
 * same file, and is given to no other one, counts: whatever else may be asked elsewhere.
 */
export function listedOnly(module: Module, words: Words): readonly Offset[] {
  if (!words.has('setRequestHandler')) return [];
  const [list, call] = [/ListToolsRequestSchema|tools\/list/, /CallToolRequestSchema|tools\/call/].map((name) =>
    handlersOf(module, name),
  );
  if (list?.length !== 1 || call?.length !== 1) return [];
  const [lists, calls] = [list[0], call[0]];
  if (lists === undefined || calls === undefined) return [];
  const gates = gatesOf(module, lists);
  const reached = reachedFrom(module, calls);
  const func = module.functions[calls];
  return gates.size > 0 && func !== undefined && [...gates].every((gate) => !reached.has(gate)) ? [func.at] : [];
}

/** Functions that are written where `setRequestHandler` is given them. */
function handlersOf(module: Module, named: RegExp): readonly FunctionId[] {
  const found: FunctionId[] = [];
  within([module.body, module.functions], (part) => {
    if (part['kind'] !== 'call') return;
    const { callee, args } = part;
    if ((callee as Part)['name'] !== 'setRequestHandler') return;
    const [first, second] = (args as readonly Part[]).map((arg) => arg['value'] as Part);
    const name =
      first?.['kind'] === 'variable' ? module.variables[Number(first['id'])]?.name : (first?.['value'] ?? '');
    if (named.test(textOf(name)) && second?.['kind'] === 'function') found.push(Number(second['id']));
  });
  return found;
}

/** Variables of the file on which it depends what is listed. */
function gatesOf(module: Module, id: FunctionId): ReadonlySet<VariableId> {
  const foreign = new Set(module.imports.map(({ variable }) => variable));
  for (const each of module.exports) if ('value' in each && each.value.kind === 'variable') foreign.add(each.value.id);
  const found = new Set<VariableId>();
  const add = (test: unknown): void =>
    within(test, ({ kind, id: variable }) => {
      const known = kind === 'variable' ? module.variables[Number(variable)] : undefined;
      if (known !== undefined && known.owner === undefined && GATE.test(known.name) && !foreign.has(Number(variable)))
        found.add(Number(variable));
    });
  within(module.functions[id]?.body, ({ kind, test, callee, args }) => {
    if (kind === 'choice' || kind === 'if') add(test);
    if (kind !== 'call' || (callee as Part)['name'] !== 'filter') return;
    for (const { value } of args as readonly { readonly value: Part }[])
      if (value['kind'] === 'function') add(module.functions[Number(value['id'])]?.body);
  });
  return found;
}

/** Variables of the file that a function looks at, or whatever it looks at is made of. */
function reachedFrom(module: Module, id: FunctionId): ReadonlySet<VariableId> {
  const made = new Map<number, unknown[]>();
  within([module.body, module.functions], (part) => {
    const to = part['kind'] === 'assign' ? (part['target'] as Part) : undefined;
    if (to?.['kind'] === 'variable') made.set(Number(to['id']), [...(made.get(Number(to['id'])) ?? []), part['value']]);
  });
  const seen = new Set<VariableId>();
  const functions = new Set<FunctionId>();
  const rest: unknown[] = [module.functions[id]?.body];
  for (let next = rest.pop(); next !== undefined; next = rest.pop())
    within(next, (part) => {
      const own = Number(part['id']);
      if (part['kind'] === 'variable' && !seen.has(own)) {
        seen.add(own);
        rest.push(...(made.get(own) ?? []));
      }
      if (part['kind'] === 'function' && !functions.has(own)) {
        functions.add(own);
        rest.push(module.functions[own]?.body);
      }
      // A method of its own class, whichever has the name.
      const isOwn = part['kind'] === 'member' && (part['of'] as Part)['kind'] === 'self';
      for (const [at, { name, body }] of isOwn ? module.functions.entries() : [])
        if (name === part['name'] && !functions.has(at)) {
          functions.add(at);
          rest.push(body);
        }
    });
  return seen;
}
