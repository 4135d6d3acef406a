import type { CapabilityContext, CapabilityRuntime } from '../../src/capabilities/capability.ts';
import type { MaybePromise } from '../../src/pipeline/decision.ts';
import { createRedactor } from '../../src/record/redact.ts';
import { openVault } from '../../src/secrets/vault.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';

const vault = await openVault({}, { profile: 'dev', redactor: createRedactor(), log: () => undefined });

/** What a capability is opened with: nothing is deployed, and every control is on, unless told. */
export function createRuntime(given: Partial<CapabilityRuntime> = {}): CapabilityRuntime {
  return {
    profile: 'dev',
    weakened: new Set(),
    sources: {},
    roots: {},
    hosts: {},
    programs: {},
    secrets: vault,
    store: createMemoryStore(),
    stateKey: new Uint8Array(32).fill(7),
    log: () => undefined,
    ...given,
  };
}

/** A call of one principal, and a way to end it. */
export interface TestCall extends CapabilityContext {
  /** Aborts the signal when told why, and runs what was deferred. */
  end(reason?: unknown): Promise<void>;
}

/** Makes a call for a principal of that id. */
export function createCall(id = 'alice'): TestCall {
  const controller = new AbortController();
  const deferred: (() => MaybePromise<void>)[] = [];
  return {
    principal: { id, issuer: 'i', subject: id, client: 'c', scopes: new Set(), expiresAt: 1, credential: 'x' },
    signal: controller.signal,
    request: 'r',
    defer: (dispose) => void deferred.push(dispose),
    async end(reason?: unknown): Promise<void> {
      if (reason !== undefined) controller.abort(reason);
      for (const dispose of deferred.splice(0).toReversed()) await dispose();
    },
  };
}
