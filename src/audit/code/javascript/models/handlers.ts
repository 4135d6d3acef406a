import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import { memberOrigin, origin, type Origin, type Source } from '../../engine/origins.ts';
import {
  fieldOf,
  objectOf,
  onlyText,
  thing,
  thingsOf,
  UNKNOWN,
  type ClassThing,
  type Closure,
  type Value,
} from '../../engine/values.ts';
import { spotOf, type Entry, type Notes } from '../../notes.ts';
import { pathOf } from './names.ts';
import { isSchema, passing } from './schemas.ts';

const ROUTERS =
  /^(?:express|fastify|hono|@hono\/\w+|koa|@koa\/router|restify|polka|h3|find-my-way|itty-router)(?:\.|\(|$)/;

/** Finds the functions that callers reach: tools, resources, prompts and routes of HTTP. */
export function handlers(notes: Notes): Model {
  return (call, machine) => {
    const { name, args } = call;
    if (name === 'setRequestHandler') return requestHandler(notes, call);
    if (name === 'addTool' || name === 'defineTool') return described(notes, call, machine);
    if (name === 'registerTool' || name === 'tool' || name === 'registerPrompt' || name === 'prompt')
      return registered(notes, call, machine);
    if (name === 'registerResource' || name === 'resource') return resource(notes, call);
    if (name === 'addResource' || name === 'addResourceTemplate' || name === 'addPrompt') return loaded(notes, call);
    if (isRoute(call)) return route(notes, call);
    if (/^(?:http|https)\.createServer$/.test(pathOf(call)))
      for (const closure of functionsIn(args)) addRoute(notes, call, closure);
    return undefined;
  };
}

function functionsIn(values: readonly Value[]): readonly Closure[] {
  return values.flatMap((each) => thingsOf(each, 'closure'));
}

/** What a caller passes. */
function argumentsOf(handler: string, closure: Closure, name = '', kind: Source['kind'] = 'argument'): Origin {
  const { module, func } = closure;
  return origin('member', [], 0, { kind, name, handler, file: module.file, at: func.at, sure: true });
}

/** What else a handler is given: the headers of the request, and the token that came with it. */
function extraOf(handler: string, closure: Closure): Value {
  const credential = (name: string): Value => ({ origins: [argumentsOf(handler, closure, name, 'credential')] });
  const headers = thing(objectOf([['authorization', credential('headers.authorization')]]));
  return thing(
    objectOf([
      ['requestInfo', thing(objectOf([['headers', headers]]))],
      ['authInfo', thing(objectOf([['token', credential('authInfo.token')]]))],
      ['http', thing(objectOf([['headers', headers]]))],
    ]),
  );
}

function enter(
  notes: Notes,
  kind: Entry['kind'],
  name: string,
  closure: Closure,
  args: (of: Closure) => readonly Value[],
): void {
  const { module, func } = closure;
  notes.entry({ kind, name, closure, args: () => args(closure), spot: spotOf(module, func.at) });
}

/** `registerTool(name, { inputSchema }, handler)` and `tool(name, description?, schema?, annotations?, handler)`. */
function registered(notes: Notes, call: OutsideCall, machine: Machine): Value | undefined {
  const { args } = call;
  const [first] = args;
  const last = args.findLast((each) => thingsOf(each, 'closure').length > 0);
  if (last === undefined || first === undefined) {
    // A tool that describes itself, given whole.
    return args.length === 1 ? described(notes, call, machine) : undefined;
  }
  if (args.length < 2 || thingsOf(first, 'closure').length > 0 || isForeign(call)) return undefined;
  const kind = call.name.endsWith('rompt') ? 'prompt' : 'tool';
  const name = onlyText(first) ?? '';
  const schema = args
    .slice(1)
    .map((each) => fieldOf(each, 'inputSchema') ?? fieldOf(each, 'argsSchema') ?? (isShape(each) ? each : undefined))
    .find((each) => each !== undefined);
  for (const closure of thingsOf(last, 'closure'))
    enter(notes, kind, name, closure, (of) => {
      const from = argumentsOf(name, of);
      const extra = extraOf(name, of);
      // Without a schema the SDK passes no arguments.
      if (schema === undefined && of.func.params.length < 2) return [join2(from, extra), extra];
      return [schema === undefined ? { origins: [from] } : passing(machine, schema, from), extra];
    });
  return thing(objectOf([]));
}

function join2(from: Origin, extra: Value): Value {
  return { ...extra, origins: [from] };
}

/** Routers and command lines have methods of the same names. */
function isForeign(call: OutsideCall): boolean {
  return /^(?:commander|yargs|cac|inquirer|prompts)/.test(pathOf(call));
}

/** An object of which the fields are schemas, or a schema. */
function isShape(value: Value): boolean {
  if (isSchema(value)) return true;
  const fields = thingsOf(value, 'object').flatMap((each) => [...each.fields.values()]);
  return fields.length > 0 && fields.every((each) => isSchema(each));
}

/** `addTool({ name, parameters, execute })`. */
function described(notes: Notes, call: OutsideCall, machine: Machine): Value | undefined {
  for (const each of call.args) enterDescribed(notes, each, machine);
  return undefined;
}

const RUNS = ['execute', 'handler', 'run', 'callback', 'cb', 'call'] as const;

/** A tool that is an object with its name, its schema and its function. */
function enterDescribed(notes: Notes, value: Value, machine: Machine): void {
  const name = onlyText(fieldOf(value, 'name')) ?? '';
  const schema = fieldOf(value, 'parameters') ?? fieldOf(value, 'inputSchema') ?? fieldOf(value, 'schema');
  for (const field of RUNS)
    for (const closure of thingsOf(fieldOf(value, field), 'closure'))
      enter(notes, 'tool', name, closure, (of) => [
        schema === undefined ? { origins: [argumentsOf(name, of)] } : passing(machine, schema, argumentsOf(name, of)),
        extraOf(name, of),
      ]);
}

/** `setRequestHandler(CallToolRequestSchema, handler)`, and by the name of the method in version 2. */
function requestHandler(notes: Notes, { args }: OutsideCall): Value | undefined {
  const [schema, ...others] = args;
  const path = `${thingsOf(schema, 'symbol')[0]?.path ?? ''} ${onlyText(schema) ?? ''}`;
  for (const closure of functionsIn(others)) {
    if (/CallTool|tools\/call/.test(path)) enter(notes, 'tool', '', closure, callRequest);
    else if (/ReadResource|resources\/read/.test(path))
      enter(notes, 'resource', '', closure, (of) => request(of, 'uri'));
    else if (/GetPrompt|prompts\/get/.test(path)) enter(notes, 'prompt', '', closure, (of) => request(of, 'arguments'));
    else if (/Complete|completion\//.test(path))
      enter(notes, 'completion', '', closure, (of) => request(of, 'argument'));
    else enter(notes, 'tool', '', closure, () => [UNKNOWN]);
  }
  return UNKNOWN;
}

function callRequest(of: Closure): readonly Value[] {
  const from = argumentsOf('', of);
  const name = { origins: [memberOrigin(argumentsOf('', of), 'name')] };
  const params = objectOf([
    ['name', name],
    ['arguments', { origins: [from] }],
  ]);
  return [thing(objectOf([['params', thing(params)]])), extraOf('', of)];
}

function request(of: Closure, field: string): readonly Value[] {
  const from = argumentsOf('', of, field === 'arguments' ? '' : field);
  return [thing(objectOf([['params', thing(objectOf([[field, { origins: [from] }]]))]])), extraOf('', of)];
}

/** `resource(name, uri or template, metadata?, (uri, variables) => ...)`. */
function resource(notes: Notes, call: OutsideCall): Value | undefined {
  const [first, uri] = call.args;
  const name = onlyText(first);
  if (name === undefined || call.args.length < 3) return undefined;
  // A resource at one address is asked for by that address alone.
  const isFixed = onlyText(uri) !== undefined;
  for (const closure of thingsOf(call.args.at(-1), 'closure'))
    enter(notes, 'resource', name, closure, (of) => {
      const given = (field: string): Value => ({ origins: [argumentsOf(name, of, field)] });
      return isFixed ? [UNKNOWN, extraOf(name, of)] : [given('uri'), given('variables'), extraOf(name, of)];
    });
  return thing(objectOf([]));
}

/** `addResourceTemplate({ uriTemplate, load(args) })`. */
function loaded(notes: Notes, call: OutsideCall): Value | undefined {
  const [first] = call.args;
  const name = onlyText(fieldOf(first, 'name')) ?? '';
  for (const closure of thingsOf(fieldOf(first, 'load'), 'closure'))
    enter(notes, call.name === 'addPrompt' ? 'prompt' : 'resource', name, closure, (of) => [
      { origins: [argumentsOf(name, of)] },
    ]);
  return undefined;
}

const METHODS: ReadonlySet<string> = new Set('get post put patch delete all use'.split(' '));

function isRoute(call: OutsideCall): boolean {
  return METHODS.has(call.name) && ROUTERS.test(pathOf(call)) && functionsIn(call.args).length > 0;
}

function route(notes: Notes, call: OutsideCall): Value | undefined {
  for (const closure of functionsIn(call.args)) addRoute(notes, call, closure);
  return UNKNOWN;
}

/** `(req, res, next)` of Express and others; the context of Hono is left to its own methods. */
function addRoute(notes: Notes, call: OutsideCall, closure: Closure): void {
  const name = onlyText(call.args[0]) ?? '';
  if (closure.func.params.length < 2 && !/^https?\./.test(pathOf(call))) return;
  enter(notes, 'route', name, closure, (of) => {
    const given = (field: string): readonly [string, Value] => [field, { origins: [argumentsOf(name, of, field)] }];
    const authorization = { origins: [argumentsOf(name, of, 'headers.authorization', 'credential')] };
    const headers = thing(objectOf([['authorization', authorization]]));
    const asked = thing(objectOf([given('body'), given('query'), given('params'), given('url'), ['headers', headers]]));
    // `(error, req, res, next)`
    return of.func.params.length === 4 ? [UNKNOWN, asked] : [asked];
  });
}

/** Tools that are classes: `class X extends MCPTool { execute(input) }`. */
export function enterClass(notes: Notes, klass: ClassThing, machine: Machine): void {
  for (const { name, value } of klass.klass.members)
    if (name === 'redirectToAuthorization' && value?.kind === 'function' && klass.frame !== undefined)
      // The server that a client signs in to says which page is opened.
      enter(notes, 'page', name, machine.closureOf(value.id, klass.frame, machine.instanceOf(klass), klass), (of) => [
        { origins: [argumentsOf(name, of, 'authorizationUrl')] },
      ]);
  const isTool = klass.bases.some((base) => thingsOf(base, 'symbol').some(({ path }) => /MCPTool$|\.Tool$/.test(path)));
  if (!isTool) return;
  const self = machine.instanceOf(klass);
  const name = onlyText(fieldOf(self, 'name')) ?? klass.klass.name;
  const schema = fieldOf(self, 'schema');
  for (const closure of thingsOf(machine.read(self, 'execute'), 'closure'))
    enter(notes, 'tool', name, closure, (of) => [classInput(machine, schema, argumentsOf(name, of))]);
}

/** `schema = { url: { type: z.string(), description } }`, or a schema as elsewhere. */
function classInput(machine: Machine, schema: Value | undefined, from: Origin): Value {
  const fields = thingsOf(schema, 'object').flatMap((each) => [...each.fields]);
  if (fields.every(([, held]) => isSchema(held))) return passing(machine, schema, from);
  return thing(
    objectOf(fields.map(([name, held]) => [name, passing(machine, fieldOf(held, 'type'), memberOrigin(from, name))])),
  );
}

/** A tool that is a file: `export const schema`, `export default function`. */
export function enterFile(notes: Notes, exported: (name: string) => Value, machine: Machine): void {
  const schema = exported('schema');
  const main = exported('default');
  if (thingsOf(schema, 'object').length === 0 && !isSchema(schema)) return;
  const name = onlyText(fieldOf(exported('metadata'), 'name')) ?? '';
  for (const closure of thingsOf(main, 'closure'))
    enter(notes, 'tool', name, closure, (of) => [passing(machine, schema, argumentsOf(name, of)), extraOf(name, of)]);
}
