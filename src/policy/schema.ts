import type { ActionType, SchemaJson, Type } from '@cedar-policy/cedar-wasm/nodejs';
import type { Catalog, Target } from '../pipeline/catalog.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { shapeOf, typeOfShape, type Shape } from './shape.ts';

/** One thing that can be done with a primitive, as policies name it. */
export interface PolicyAction {
  /** `tool:refund`, `resource:notes`, `prompt:greet`, `complete:notes`. */
  readonly id: string;
  /** The groups that it is in: `tools`, `effect:destructive` ... */
  readonly groups: readonly string[];
  readonly resource: { readonly type: string; readonly id: string };
  /** Absent where there are no arguments: a completion. */
  readonly args: Shape | undefined;
}

/** The Cedar schema of a server, and what it cannot say. */
export interface PolicySchema {
  readonly json: SchemaJson<string>;
  readonly actions: ReadonlyMap<string, PolicyAction>;
  /** `tool:refund: args.meta.*: Cedar has no maps`. */
  readonly omitted: readonly string[];
}

const TYPES: Readonly<Record<Target['kind'], string>> = { tool: 'Tool', resource: 'Resource', prompt: 'Prompt' };
const TEXT: Type<string> = { type: 'String' };
const TEXTS: Type<string> = { type: 'Set', element: TEXT };
const NO_ARGUMENTS: Shape = { kind: 'record', fields: new Map() };

/** The id of the action of a request. */
export function actionIdOf(method: string, { kind, name }: Target): string {
  return method === 'completion/complete' ? `complete:${kind}:${name}` : `${kind}:${name}`;
}

/** Generates the schema: an action for each primitive, whose context has the arguments with their types. */
export function generateSchema(catalog: Catalog, inputs: ReadonlyMap<string, JsonObject>): PolicySchema {
  const omitted: string[] = [];
  const actions = new Map<string, PolicyAction>();
  for (const target of targetsOf(catalog)) {
    const id = actionIdOf('', target);
    const input = inputs.get(id);
    const shape =
      input === undefined ? undefined : shapeOf(input, (path, why) => omitted.push(`${id}: ${path}: ${why}`));
    const resource = { type: TYPES[target.kind], id: target.name };
    const effect = target.kind === 'tool' ? target.effect : 'read';
    actions.set(id, { id, groups: [`${target.kind}s`, `effect:${effect}`], resource, args: shape ?? NO_ARGUMENTS });
    if (target.kind === 'tool') continue;
    const complete = actionIdOf('completion/complete', target);
    actions.set(complete, { id: complete, groups: ['completions'], resource, args: undefined });
  }
  return { json: schemaJson([...actions.values()]), actions, omitted };
}

function targetsOf(catalog: Catalog): readonly Target[] {
  return [...catalog.tools.values(), ...catalog.resources.values(), ...catalog.templates, ...catalog.prompts.values()];
}

const GROUPS = [
  'tools',
  'resources',
  'prompts',
  'completions',
  'effect:read',
  'effect:write',
  'effect:destructive',
  'effect:critical',
] as const;

function schemaJson(actions: readonly PolicyAction[]): SchemaJson<string> {
  const used = new Set(actions.map(({ resource }) => resource.type));
  const resourceShape: Type<string> = {
    type: 'Record',
    attributes: { name: TEXT, effect: TEXT, scopes: TEXTS, gives: TEXTS, sends: TEXTS },
  };
  const entries: [string, ActionType<string>][] = actions.map(({ id, groups, resource, args }) => [
    id,
    {
      memberOf: groups.map((group) => ({ id: group })),
      appliesTo: { principalTypes: ['Principal'], resourceTypes: [resource.type], context: contextType(args) },
    },
  ]);
  return {
    '': {
      entityTypes: {
        Principal: {
          shape: {
            type: 'Record',
            attributes: {
              subject: TEXT,
              issuer: TEXT,
              client: TEXT,
              scopes: TEXTS,
              tenant: { type: 'String', required: false },
            },
          },
        },
        ...Object.fromEntries([...used].toSorted().map((type) => [type, { shape: resourceShape }])),
      },
      actions: Object.fromEntries([...GROUPS.map((group): [string, ActionType<string>] => [group, {}]), ...entries]),
    },
  };
}

function contextType(args: Shape | undefined): Type<string> {
  return {
    type: 'Record',
    attributes: {
      ...(args === undefined ? {} : { args: typeOfShape(args) }),
      labels: TEXTS,
      method: TEXT,
      transport: TEXT,
      era: TEXT,
      now: { type: 'Extension', name: 'datetime' },
      hour: { type: 'Long' },
      weekday: { type: 'Long' },
    },
  };
}

/** The input schemas of a server by action id: those that the primitives publish. */
export function inputsOf(
  declared: readonly { readonly kind: string; readonly name: string; readonly input: JsonObject }[],
): ReadonlyMap<string, JsonObject> {
  return new Map(declared.map(({ kind, name, input }) => [`${kind}:${name}`, input] as const));
}

/** Every attribute that the JSON form of a policy reads. */
export function mentionsOf(json: unknown, into: Set<string> = new Set()): Set<string> {
  if (Array.isArray(json)) for (const item of json) mentionsOf(item, into);
  else if (isObject(json)) {
    for (const [key, value] of Object.entries(json)) {
      if (key === 'attr') for (const name of [value].flat()) into.add(String(name));
      if (key === 'Record' && isObject(value)) for (const name of Object.keys(value)) into.add(name);
      mentionsOf(value, into);
    }
  }
  return into;
}
