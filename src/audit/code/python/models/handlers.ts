import type { Machine, Model, OutsideCall } from '../../engine/machine.ts';
import {
  itemsOf,
  objectOf,
  onlyText,
  symbol,
  thing,
  thingsOf,
  UNKNOWN,
  type Closure,
  type Value,
} from '../../engine/values.ts';
import { spotOf, type Entry, type Notes } from '../../notes.ts';
import type { Module } from '../../ir.ts';
import { originOf, passedTo } from './arguments.ts';
import { pathOf } from './names.ts';
import { requestFrom } from './requests.ts';

/** FastMCP of the SDK, FastMCP 2 and 3 by themselves, and what the SDK 2 calls it. */
const FRAMEWORK = /^(?:mcp\.server(?:\.\w+)*|mcp|fastmcp(?:\.\w+)*)\.(?:FastMCP|MCPServer)\(\)\.(\w+)(?:\(\))?$/;
/** The server of the SDK below it. */
const LOW_LEVEL = /^mcp\.server(?:\.\w+)*\.Server\(\)\.(\w+)(?:\(\))?$/;
const ROUTER =
  /^(?:(?:fastapi(?:\.\w+)*\.(?:FastAPI|APIRouter))|(?:flask\.(?:Flask|Blueprint))|(?:sanic\.Sanic)|(?:quart\.Quart)|(?:litestar\.\w+))\(\)\.(get|post|put|patch|delete|route|api_route|websocket|head|options)\(\)$/;
const ROUTE = /^(?:starlette\.routing\.(?:Route|WebSocketRoute)|aiohttp\.web\.(?:get|post|put|patch|delete))$/;
const TOOLS = /^(?:fastmcp|mcp)(?:\.\w+)*\.(?:Tool|FunctionTool)\.from_function$/;

const KINDS: ReadonlyMap<string, Entry['kind']> = new Map([
  ['tool', 'tool'],
  ['add_tool', 'tool'],
  ['resource', 'resource'],
  ['prompt', 'prompt'],
  ['custom_route', 'route'],
]);
const REQUESTS: ReadonlyMap<string, Entry['kind']> = new Map([
  ['call_tool', 'tool'],
  ['read_resource', 'resource'],
  ['get_prompt', 'prompt'],
  ['completion', 'completion'],
]);

/** Finds the functions that callers reach: tools, resources, prompts and routes of HTTP. */
export function handlers(notes: Notes): Model {
  return (call, machine) => {
    const path = pathOf(call);
    const [first] = call.args;
    const named = FRAMEWORK.exec(path)?.[1];
    if (named !== undefined) return framework(notes, call, machine, named);
    const request = LOW_LEVEL.exec(path)?.[1];
    if (request !== undefined) return lowLevel(notes, call, request);
    if (ROUTER.test(path))
      return each(first, (closure) => enter(notes, machine, 'route', nameOf(call, closure), closure));
    if (ROUTE.test(path)) return route(notes, call);
    if (TOOLS.test(path)) each(first, (closure) => enter(notes, machine, 'tool', nameOf(call, closure), closure));
    if (/\.(?:FastMCP|MCPServer)$/.test(path))
      for (const tool of itemsOf(call.named?.get('tools')))
        each(tool, (of) => enter(notes, machine, 'tool', of.func.name, of));
    if (/^mcp\.server(?:\.\w+)*\.Server$/.test(path)) given(notes, call);
    return path === '' ? unnamed(call) : undefined;
  };
}

/** Calls something with each function that a value may be, and gives the value back: a decorator keeps the function. */
function each(value: Value | undefined, work: (closure: Closure) => void): Value | undefined {
  const closures = thingsOf(value, 'closure');
  for (const closure of closures) work(closure);
  return closures.length === 0 ? undefined : value;
}

function framework(notes: Notes, call: OutsideCall, machine: Machine, named: string): Value | undefined {
  const kind = KINDS.get(named);
  if (kind === undefined) return undefined;
  const closures = [...call.args, ...(call.named?.values() ?? [])].find((arg) => thingsOf(arg, 'closure').length > 0);
  return each(closures, (closure) => {
    if (kind === 'route') notes.entry(entryOf('route', nameOf(call, closure), closure, () => [requestOf(closure)]));
    else enter(notes, machine, kind, nameOf(call, closure), closure);
  });
}

/** The name that it is given, or that of the function. */
function nameOf({ args, named, symbol: of }: OutsideCall, { func }: Closure): string {
  const inOptions = onlyText(named?.get('name')) ?? args.map(onlyText).find((text) => text !== undefined);
  const before =
    of?.path.endsWith('()') === true ? of.args?.map(onlyText).find((text) => text !== undefined) : undefined;
  return (inOptions ?? before ?? func.name).slice(0, 80);
}

function entryOf(kind: Entry['kind'], name: string, closure: Closure, args: () => readonly Value[]): Entry {
  return { kind, name, closure, args, spot: spotOf(closure.module, closure.func.at) };
}

function enter(notes: Notes, machine: Machine, kind: Entry['kind'], name: string, closure: Closure): void {
  notes.entry(entryOf(kind, name, closure, () => passedTo(machine, closure, name)));
}

/** `@server.call_tool()` and its like: one function for all tools, which is told the name. */
function lowLevel(notes: Notes, call: OutsideCall, request: string): Value | undefined {
  const kind = REQUESTS.get(request);
  return each(call.args[0], (closure) => {
    const given = (name: string): Value => ({ origins: [originOf('', closure, name)] });
    const args = (): readonly Value[] =>
      kind === 'resource'
        ? [given('uri')]
        : kind === 'completion'
          ? [UNKNOWN, given('argument')]
          : [given('name'), given('')];
    if (kind !== undefined) notes.entry(entryOf(kind, '', closure, args));
  });
}

/** `Server(on_call_tool=...)` of the SDK 2: `(context, params)`. */
function given(notes: Notes, { named }: OutsideCall): void {
  for (const [option, value] of named ?? []) {
    const kind = REQUESTS.get(option.replace(/^on_/, ''));
    if (kind === undefined) continue;
    each(value, (closure) => {
      notes.entry(
        entryOf(kind, '', closure, () => {
          const fields = ['name', 'uri', 'argument'].map((name): readonly [string, Value] => [
            name,
            { origins: [originOf('', closure, name)] },
          ]);
          return [
            symbol('mcp.Context()'),
            thing(objectOf([...fields, ['arguments', { origins: [originOf('', closure, '')] }]])),
          ];
        }),
      );
    });
  }
}

function route(notes: Notes, call: OutsideCall): Value | undefined {
  const endpoint = call.named?.get('endpoint') ?? call.args[1];
  const name = onlyText(call.args[0]) ?? '';
  each(endpoint, (closure) => {
    notes.entry(entryOf('route', name, closure, () => [requestOf(closure)]));
  });
  return undefined;
}

/** A request of HTTP: what of it is a credential, and what is an argument. */
function requestOf(closure: Closure): Value {
  return requestFrom((name, kind) => ({ origins: [originOf('', closure, name, kind)] }));
}

/** A method of something that is not known, in a file that imports MCP: `def register(mcp): @mcp.tool() ...`. */
function unnamed({ name, frame, receiver }: OutsideCall): Value | undefined {
  if (receiver === undefined || receiver.things !== undefined || !importsServer(frame.module)) return undefined;
  if (KINDS.has(name)) return symbol(`fastmcp.FastMCP().${name}()`);
  return REQUESTS.has(name) && name !== 'completion' ? symbol(`mcp.server.Server().${name}()`) : undefined;
}

function importsServer({ imports }: Module): boolean {
  return imports.some(({ from }) => /^(?:mcp|fastmcp)(?:\.|$)/.test(from));
}
