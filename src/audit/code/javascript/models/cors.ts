import type { Model, OutsideCall } from '../../engine/machine.ts';
import { fieldOf, thingsOf, type Closure, type Value } from '../../engine/values.ts';
import { CORS, OPEN_CORS } from '../../facts.ts';
import type { Expression } from '../../ir.ts';
import type { Notes } from '../../notes.ts';
import { pathOf } from './names.ts';

/** What makes the headers that say who may read: by itself, or as what a server registers. */
const MADE = /^(?:cors|@koa\/cors|hono\/cors\.cors|@elysiajs\/cors\.cors)$/;
const REGISTERED = /^(?:@fastify\/cors|fastify-cors)$/;
/** Those that answer with whatever origin asks, where none is named. */
const REFLECTS = /^@koa\/cors$|^@elysiajs\//;

/** Notes who may read answers in a browser. It answers nothing. */
export function cors(notes: Notes): Model {
  return (call) => {
    const found = optionsOf(call);
    if (found === undefined) return undefined;
    const { options, name } = found;
    const isOpen = isTrue(fieldOf(options, 'credentials')) && isReflected(fieldOf(options, 'origin'), name);
    notes.call(isOpen ? OPEN_CORS : CORS, { ...call, args: [] });
    return undefined;
  };
}

function optionsOf(call: OutsideCall): { readonly name: string; readonly options: Value | undefined } | undefined {
  const name = pathOf(call);
  if (MADE.test(name)) return { name, options: call.args[0] };
  const at = call.args.findIndex((arg) => thingsOf(arg, 'symbol').some(({ path }) => REGISTERED.test(path)));
  return at === -1 || call.name !== 'register' ? undefined : { name: '@fastify/cors', options: call.args[at + 1] };
}

function isTrue(value: Value | undefined): boolean {
  return value?.constants?.length === 1 && value.constants[0] === true;
}

/** Whether whatever origin asks is named in the answer. A browser keeps `*` from a page that sends credentials. */
function isReflected(value: Value | undefined, name: string): boolean {
  if (value === undefined) return REFLECTS.test(name);
  if (isTrue(value)) return true;
  if (thingsOf(value, 'pattern').some(({ source }) => /^\^?(?:\.[*+]|https\?:\\\/\\\/\.[*+])\$?$/.test(source)))
    return true;
  return thingsOf(value, 'closure').some(letsAllThrough);
}

/** `(origin) => origin`, `(origin, callback) => callback(null, true)`. */
function letsAllThrough({ func, module }: Closure): boolean {
  const [only, ...others] = func.body;
  if (only === undefined || others.length > 0) return false;
  if ((only.kind !== 'return' && only.kind !== 'do') || only.value === undefined) return false;
  const params = func.params.map(({ target }) => (target.kind === 'variable' ? target.id : undefined));
  const isOrigin = (node: Expression | undefined): boolean =>
    node?.kind === 'variable' && module.variables[node.id] !== undefined && node.id === params[0];
  const { value } = only;
  if (only.kind === 'return' && isOrigin(value)) return true;
  if (value.kind !== 'call' || value.callee.kind !== 'variable' || value.callee.id !== params[1]) return false;
  const second = value.args[1]?.value;
  return (second?.kind === 'literal' && second.value === true) || isOrigin(second);
}
