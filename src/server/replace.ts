import { heldBy } from '../manifest/drift.ts';
import type { Catalog, Target } from '../pipeline/catalog.ts';
import type { HttpSettings } from '../pipeline/settings.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import { describeError } from '../text/describe-error.ts';
import { prepare, settingsAfter, startFacts, type Base } from './base.ts';
import type { Deployment } from './deployment.ts';
import { openGeneration, putTogether, type Generation, type OpenEngine } from './open.ts';
import type { ServerDefinition } from './server.ts';
import { findStartProblems } from './start.ts';
import type { Needs } from './tool.ts';

/** What of a deployment is about the definitions of a server. */
export type DefinitionParts = Pick<Deployment, 'upstreams' | 'accepted' | 'manifest'>;

/** What goes with the definitions of a server that take the place of others. */
export interface Replacement {
  /** What of the deployment is about the definitions, all of it; as before when absent. */
  readonly deployment?: DefinitionParts;
  /** Writes the change down before it is in force. What it rejects with keeps what is there. */
  readonly record: () => Promise<void>;
  /** Runs in the step in which the definitions come into force. What it throws keeps what is there. */
  readonly inForce?: () => void;
}

/** Whether something that is served is meant, by what it is and by what it needs. */
export type Meant = (target: Target, needs: Needs) => boolean;

/** Changes what a running host serves. Listener, sessions, streams, store, log and all that is counted stay. */
export interface Succession {
  /** What is served now. */
  current(): Generation;
  /**
   * Serves other definitions from the next request on, whole. Requests in progress end with those that they began with,
   * and what these need is closed after the last of them.
   * Rejects with a TypeError that says what to mend, or with what kept it from being recorded; nothing is changed then.
   */
  replace(definition: ServerDefinition, replacement: Replacement): Promise<void>;
  /**
   * Takes away what is meant, in this step; gives what it was. Nothing is opened, checked or recorded for it: nothing can keep
   * it from being done.
   */
  withdraw(isMeant: Meant): readonly Target[];
  /** Closes what everything that was served holds. */
  close(): Promise<void>;
}

/** Makes ready what stands before the engine for other definitions. The function that it gives puts that in place. */
export type Fit = (next: Generation) => Promise<() => void>;

/** Makes the succession of a host. */
export function createSuccession({ engine, lasting, first }: OpenEngine, fit?: Fit): Succession {
  let current = first;
  const ending = new Set<Generation>();
  let withdrawals = 0;
  let isClosed = false;
  let queue: Promise<unknown> = Promise.resolve();

  /** INVARIANT: one step. A request is decided on by what was before or by what is now. */
  function use(next: Generation): void {
    const before = current;
    current = next;
    engine.use(next.engine);
    for (const name of differing(before.settings.catalog, next.settings.catalog))
      lasting.subscriptions.publish({ kind: 'list', name });
  }

  async function end(generation: Generation): Promise<void> {
    ending.add(generation);
    await generation.calls.idle();
    try {
      await generation.close();
    } catch (error) {
      lasting.log('error', 'what was replaced could not be closed', { detail: describeError(error) });
    }
    ending.delete(generation);
  }

  async function replace(definition: ServerDefinition, replacement: Replacement, taken: number): Promise<void> {
    const before = current;
    const { base, schema } = succeeding(before.base, definition, replacement.deployment, first.settings.http);
    const next = await openGeneration(base, settingsAfter(first.settings, base), lasting, before);
    try {
      const place = await fit?.(next);
      const take = (): void => {
        if (isClosed) throw new TypeError('the host is closing');
        // INVARIANT: what was made before something was withdrawn does not bring it back.
        if (withdrawals !== taken) throw new TypeError('something was revoked meanwhile. Take the change again');
        replacement.inForce?.();
        use(next);
        place?.();
      };
      const { policies } = base;
      if (policies === undefined || schema === undefined) {
        await replacement.record();
        take();
      } else await policies.load(() => replacement.record(), { schema, inForce: take });
    } catch (error) {
      await next.close();
      throw error;
    }
    void end(before);
  }

  return {
    current: () => current,
    replace(definition, replacement) {
      const taken = withdrawals;
      const replacing = queue.then(() => replace(definition, replacement, taken));
      queue = replacing.catch(() => undefined);
      return replacing;
    },
    withdraw(isMeant) {
      const { base, settings, lending, grants, calls, close } = current;
      const { compiled } = base;
      const gone = targetsOf(settings.catalog).filter((target) => isMeant(target, compiled.needs.get(target) ?? {}));
      // A change that is being made may hold what is gone from here already.
      withdrawals += 1;
      if (gone.length === 0) return [];
      const catalog = without(settings.catalog, new Set(gone));
      const left = { base: { ...base, compiled: { ...compiled, catalog } }, settings: { ...settings, catalog } };
      // Its needs are those of what it was taken out of, which are closed after the last call of both.
      use({ ...putTogether({ ...left, lending, grants, calls }, lasting, current), close });
      return gone;
    },
    async close(): Promise<void> {
      isClosed = true;
      await queue;
      await Promise.all([current, ...ending].map((each) => each.close()));
    },
  };
}

/**
 * What other definitions come to in the place of those before them.
 * @throws TypeError that says what to mend.
 */
function succeeding(
  before: Base,
  definition: ServerDefinition,
  deployment: DefinitionParts | undefined,
  http: HttpSettings | undefined,
) {
  const { upstreams: _upstreams, accepted: _accepted, manifest: _manifest, ...rest } = before.deployment;
  const prepared = prepare(definition, deployment === undefined ? before.deployment : { ...rest, ...deployment });
  const { limits, keys, redactor, policies } = before;
  // INVARIANT: what was made or changed since the start goes on: fresh keys, limits that were reloaded.
  const base: Base = { ...prepared, limits, keys, redactor, policies };
  const problems = [
    ...unlike(before, base),
    ...findStartProblems(startFacts(base, http), base.weakened),
    ...newlyHeld(before, base),
  ];
  if (problems.length > 0)
    throw new TypeError(`The change was not taken.\n${problems.map((line) => `- ${line}`).join('\n')}`);
  return { base, schema: prepared.policies?.schema };
}

/** What of a server needs a start: it is known to clients, to tokens or to processes that are running. */
function unlike(before: Base, { definition, weakened, compiled }: Base): readonly string[] {
  const old = before.definition.options;
  const { options } = definition;
  const own = ({ name, version, title, instructions, hierarchy }: typeof options): string =>
    canonicalJson({ name, version, title: title ?? null, instructions: instructions ?? null, ...hierarchy });
  const isSame = own(old) === own(options) && old.policy === options.policy;
  const isWeaker = canonicalJson([...before.weakened]) !== canonicalJson([...weakened]);
  const sandboxed = [...compiled.catalog.tools.values()].find(({ sandbox }) => sandbox !== 'none');
  return [
    ...(isSame && !isWeaker
      ? []
      : ['the server itself differs: its name, instructions, policy or controls. Restart it.']),
    ...(sandboxed === undefined ? [] : [`tool "${sandboxed.name}" runs in a sandbox. Restart the server.`]),
  ];
}

/** INVARIANT: what two keys have not signed as it is now does not take the place of what they have. */
function newlyHeld(before: Base, { manifest }: Base): readonly string[] {
  const known = heldBy(before.manifest?.drift ?? []);
  return [...heldBy(manifest?.drift ?? [])]
    .filter((where) => !known.has(where))
    .map((where) => `manifest: ${where} is not as it was signed. Build the manifest anew and have it signed.`);
}

function targetsOf({ tools, resources, templates, prompts }: Catalog): readonly Target[] {
  return [...tools.values(), ...resources.values(), ...templates, ...prompts.values()];
}

function without(catalog: Catalog, gone: ReadonlySet<Target>): Catalog {
  const keep = <T extends Target>(entries: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...entries].filter(([, entry]) => !gone.has(entry)));
  return Object.freeze({
    ...catalog,
    tools: keep(catalog.tools),
    prompts: keep(catalog.prompts),
    resources: keep(catalog.resources),
    templates: catalog.templates.filter((entry) => !gone.has(entry)),
  });
}

/** The lists in which two catalogues differ for somebody. */
function differing(before: Catalog, after: Catalog): readonly string[] {
  const lists = ({ tools, prompts, resources, templates }: Catalog): Readonly<Record<string, string>> => ({
    tools: listed(tools.values()),
    prompts: listed(prompts.values()),
    resources: listed([...resources.values(), ...templates]),
  });
  const [old, fresh] = [lists(before), lists(after)];
  return Object.keys(fresh).filter((name) => old[name] !== fresh[name]);
}

/** Who may see an entry is part of what a list is. */
function listed(entries: Iterable<Target>): string {
  return canonicalJson([...entries].map(({ digest, scopes }) => [digest, [...scopes]]));
}
