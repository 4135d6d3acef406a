import { adviseOnFlows } from '../flows/advice.ts';
import { weakerCells } from '../flows/matrix.ts';
import type { Settings } from '../pipeline/settings.ts';
import type { Base } from './base.ts';

/**
 * Puts the policies of a deployment in force, and says what of its flows an operator should know.
 * @throws TypeError that says what to mend in the policies.
 */
export async function openRules(base: Base, settings: Settings, warn: (line: string) => void): Promise<void> {
  await base.policies?.load();
  for (const cell of weakerCells(settings.flows)) warn(`flows: ${cell}`);
  const primitives = [...base.compiled.needs.keys(), ...settings.catalog.tools.values()];
  const advice = adviseOnFlows(
    [...new Set(primitives)].map((target) => ({
      name: target.name,
      flow: target.flow,
      needs: Object.values(base.compiled.needs.get(target) ?? {}).map(({ kind }) => kind),
    })),
  );
  if (advice !== undefined) warn(advice);
}

/** Puts the policies that are in their folder now in force, whole; `undefined` where none are deployed. */
export type ReloadPolicies = () => Promise<void>;

/** Makes the reload of a host. A change that cannot be recorded does not happen; one that is refused is recorded. */
export function createReloadPolicies({ policies }: Base, { recorder, redact }: Settings): ReloadPolicies {
  return async () => {
    if (policies === undefined) return;
    const about = { kind: 'config', request: '-', target: policies.directory } as const;
    try {
      await policies.load(async (before, after) => {
        if (before === after) return;
        await recorder.append({ time: Date.now(), ...about, decision: 'accepted', before: before ?? '', after });
      });
    } catch (error) {
      const detail = redact(error instanceof Error ? error.message : String(error)).slice(0, 500);
      recorder.note({ time: Date.now(), ...about, decision: 'refused', detail });
      throw error;
    }
  };
}
