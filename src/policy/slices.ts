import type { EntityUidJson } from '@cedar-policy/cedar-wasm/nodejs';
import type { Cedar } from './cedar.ts';
import type { PolicyOptions } from './options.ts';
import { messageOf, type PolicyUnit } from './parse.ts';
import type { PolicyAction, PolicySchema } from './schema.ts';

/** The policies that can have a say on one action, as the engine knows them. */
export interface Slice {
  readonly action: PolicyAction;
  readonly units: readonly PolicyUnit[];
  /** Names of the parsed sets: permits with plain forbids, and the forbids that can be lifted. Absent when empty. */
  readonly plain: string | undefined;
  readonly liftable: string | undefined;
  /** Whether what no policy speaks of is permitted. */
  readonly isOpen: boolean;
}

/** Id of the policy that permits whatever no other forbids. */
const OPEN_ID = 'portcullis:default';
const OPEN = 'permit (principal, action, resource);';

/**
 * Sorts policies by the actions that they can apply to, so that each request is judged by a few of them. A policy whose
 * scope names another action or resource is neither satisfied nor an error, so that leaving it out changes nothing.
 */
export function createSlices(
  cedar: Cedar,
  units: readonly PolicyUnit[],
  { actions }: PolicySchema,
  fallback: PolicyOptions['default'],
  name: string,
): ReadonlyMap<string, Slice> {
  const names = new Map<string, string>();
  const parse = (members: readonly PolicyUnit[], isOpen: boolean): string => {
    const key = JSON.stringify([isOpen, ...members.map(({ id }) => id)]);
    const known = names.get(key);
    if (known !== undefined) return known;
    const id = `${name}/${names.size}`;
    const staticPolicies = Object.fromEntries([
      ...(isOpen ? [[OPEN_ID, OPEN]] : []),
      ...members.map(({ id: own, text }) => [own, text]),
    ]);
    const parsed = cedar.preparsePolicySet(id, { staticPolicies });
    if (parsed.type === 'failure') throw new TypeError(`policy: ${parsed.errors.map(messageOf).join(' ')}`);
    names.set(key, id);
    return id;
  };
  const slices = new Map<string, Slice>();
  for (const action of actions.values()) {
    const fitting = units.filter((unit) => mayApply(unit, action));
    const liftable = fitting.filter(isLiftable);
    const plain = fitting.filter((unit) => !isLiftable(unit));
    slices.set(action.id, {
      action,
      units: fitting,
      isOpen: fallback === 'scopes',
      plain: plain.length === 0 ? undefined : parse(plain, fallback === 'scopes'),
      liftable: liftable.length === 0 ? undefined : parse(liftable, true),
    });
  }
  return slices;
}

function isLiftable({ scope, approval }: PolicyUnit): boolean {
  return scope !== undefined || approval !== undefined;
}

function mayApply({ json }: PolicyUnit, { id, groups, resource }: PolicyAction): boolean {
  const { action, resource: on } = json;
  const isAction = (uid: EntityUidJson): boolean => {
    const { id: named } = plainUid(uid);
    return named === id || groups.includes(named);
  };
  if (action.op === '==' && !('slot' in action) && plainUid(action.entity).id !== id) return false;
  if (action.op === 'in' && !('entities' in action ? action.entities : [action.entity]).some(isAction)) return false;
  if (on.op === 'is') return on.entity_type === resource.type;
  if ((on.op === '==' || on.op === 'in') && 'entity' in on) {
    const { type, id: named } = plainUid(on.entity);
    return type === resource.type && named === resource.id;
  }
  return true;
}

function plainUid(uid: EntityUidJson): { readonly type: string; readonly id: string } {
  return '__entity' in uid ? uid.__entity : uid;
}
