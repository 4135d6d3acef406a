import type { CapabilityPlaces, SystemNeeds } from '../capabilities/capability.ts';
import type { Isolation } from '../pipeline/catalog.ts';
import { readSandbox } from './definition.ts';
import type { ServerDefinition } from './server.ts';
import type { Needs } from './tool.ts';

/** What a declared server touches outside of its process. */
export interface DeclaredTouch extends SystemNeeds {
  /** Where the handlers of its tools run. */
  readonly isolations: readonly Isolation[];
}

/** The needs of a group of capabilities together, each path, program and host once. */
export function systemNeedsOf(needs: Needs, places: CapabilityPlaces): SystemNeeds {
  return merge(Object.values(needs).map((capability) => capability.system?.(places) ?? NOTHING));
}

/**
 * The needs of everything that a server declares.
 * @throws TypeError when a need cannot be resolved against the deployment.
 */
export function declaredTouch({ options }: ServerDefinition, places: CapabilityPlaces): DeclaredTouch {
  const { tools = [], resources = [], prompts = [] } = options;
  const all = [...tools, ...resources, ...prompts].map(({ options: { needs = {} } }) => systemNeedsOf(needs, places));
  const isolations = tools.map(({ options: { name, sandbox, needs = {} } }) =>
    readSandbox(`tool "${name}"`, sandbox, needs),
  );
  return { ...merge(all), isolations: [...new Set(isolations)] };
}

const NOTHING: SystemNeeds = Object.freeze({ reads: [], writes: [], programs: [], hosts: [] });

function merge(all: readonly SystemNeeds[]): SystemNeeds {
  const once = (pick: (needs: SystemNeeds) => readonly string[]): readonly string[] =>
    Object.freeze([...new Set(all.flatMap(pick))].toSorted());
  return Object.freeze({
    reads: once(({ reads }) => reads),
    writes: once(({ writes }) => writes),
    programs: once(({ programs }) => programs),
    hosts: once(({ hosts }) => hosts),
  });
}
