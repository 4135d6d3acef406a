import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { SystemdUnit } from '../../gather/systemd.ts';

/** See `meta`. */
export const rule: FileRule<SystemdUnit> = fileRule(
  {
    id: 'unit-limits',
    title: 'Services of systemd have limits of memory and processes',
    failure: 'A service of systemd has no limits',
    severity: 'low',
    confidence: 'high',
    controls: ['DEP-02'],
    method: 'static',
    remedy: 'Set MemoryMax= and TasksMax=, such as 512M and 128.',
    references: ['systemd.resource-control(5), MemoryMax= and TasksMax=', 'OWASP MCP Top 10 MCP05'],
  },
  ({ units }) => units,
  (unit) => {
    const { file, name, settings } = unit;
    const isBound = (value: string | undefined): boolean => value !== undefined && !/^(?:infinity|)$/.test(value);
    const open = [
      ...(isBound(settings['MemoryMax']?.value ?? settings['MemoryLimit']?.value) ? [] : ['MemoryMax=']),
      // Where it is not written the manager has a bound of its own.
      ...(settings['TasksMax']?.value === 'infinity' ? ['TasksMax='] : []),
    ];
    if (open.length === 0) return [];
    return [{ message: `"${name}" is not bounded by ${open.join(' and ')}`, place: placeIn(file, unit) }];
  },
);
