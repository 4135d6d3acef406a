import { existsSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Command } from 'commander';
import { parseRules } from '../audit/brought-rules.ts';
import { bringRules } from '../audit/registry.ts';
import { Mistake, whereIn } from './mistake.ts';

/** Options of `audit` about rules of others. */
export interface RulesOptions {
  readonly rules?: readonly string[];
}

/** Enters those options. */
export function addRulesOption(command: Command): void {
  command.option(
    '--rules <module...>',
    'rules of your own: modules outside of the target that export rules: AuditRule[]',
  );
}

/** Loads rules that the user named. What belongs to the target is not executed: it would judge itself. */
export async function loadRules(target: string, { rules }: RulesOptions): Promise<void> {
  const root = existsSync(target) ? await realpath(target) : undefined;
  for (const module of rules ?? []) {
    const path = await realpath(module).catch(() => {
      throw new Mistake(`there is no module at ${module}.`);
    });
    if (root !== undefined && isWithin(root, path))
      throw new Mistake(`${module} lies in what is audited, and nothing of that is executed. Keep rules elsewhere.`);
    const url = pathToFileURL(path).href;
    const exported: unknown = await import(url).catch((error: unknown) => {
      throw new Mistake(`${module} cannot be loaded: ${whereIn(error, url)}`);
    });
    try {
      bringRules(parseRules(Object(exported)['rules']));
    } catch (error) {
      throw new Mistake(`${module}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`));
}
