import type { PolicyRules } from '../pipeline/settings.ts';
import { loadCedar } from './cedar.ts';
import { readPolicyFiles, type PolicyFile } from './files.ts';
import type { PolicyOptions } from './options.ts';
import { compilePolicies, createNames, type CompiledPolicies } from './rules.ts';
import type { PolicySchema } from './schema.ts';

/** The policies of a host: those in force, and the way to put others in their place. */
export interface PolicyStore {
  readonly rules: PolicyRules;
  readonly directory: string;
  /** What policies are checked against: everything that the server declares. */
  readonly schema: PolicySchema;
  /**
   * Reads the folder anew and puts what is there in force, whole.
   * @param before Runs when the new policies are known to be good and before they are in force; a rejection keeps the old.
   * @param change The same for another server.
   * @throws TypeError (PolicyError) that says what to mend; what was in force stays.
   */
  load(
    before?: (old: string | undefined, next: string) => Promise<void>,
    change?: PolicyChange,
  ): Promise<CompiledPolicies>;
}

/** Another server under the policies of a host. */
export interface PolicyChange {
  readonly schema: PolicySchema;
  /** Runs in the same step in which they come into force. What it throws keeps the old. */
  readonly inForce: () => void;
}

/** Makes the policies of a host. Until they are loaded, every question throws, which denies. */
export function createPolicyStore(options: PolicyOptions, first: PolicySchema): PolicyStore {
  const [even, odd] = createNames();
  let name = odd;
  let schema = first;
  let current: CompiledPolicies | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  const inForce = (): CompiledPolicies => {
    if (current === undefined) throw new Error('the policies are not loaded');
    return current;
  };
  const load = async (...[before, change]: Parameters<PolicyStore['load']>): Promise<CompiledPolicies> => {
    const cedar = await loadCedar();
    const files: readonly PolicyFile[] = await readPolicyFiles(options.directory);
    // INVARIANT: what is in force is never written over, not by policies that fail either.
    const free = name === even ? odd : even;
    const next = compilePolicies(cedar, files, change?.schema ?? schema, options.default, free);
    await before?.(current?.version, next.version);
    change?.inForce();
    [current, name, schema] = [next, free, change?.schema ?? schema];
    return next;
  };
  return {
    rules: { decide: (request) => inForce().rules.decide(request), version: () => inForce().version },
    directory: options.directory,
    get schema(): PolicySchema {
      return schema;
    },
    load(before, change) {
      // One after the other: two loads at once could take each other's names in the engine.
      const loading = queue.then(() => load(before, change));
      queue = loading.catch(() => undefined);
      return loading;
    },
  };
}
