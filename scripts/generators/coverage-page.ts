import { UNLOOKED } from '../../src/audit/unlooked.ts';
import { FAMILIES } from '../../src/catalogue/index.ts';
import { auditRules } from './audit-rules.ts';
import { type GeneratedFile, NOTICE, tableRow } from './generated-file.ts';

const INTRO = `# What the audit looks at

The catalogue says in which ways each control can be audited: **static** (code and images), **probe** (a running server), **config**
and **evidence** (records). Each cell names the rules that look, or says why none does. A control passes only where every way of it
was looked at, so one with a reason here stays unknown at best.
`;

/** Writes `docs/coverage.md`: for each control and each way of its audit the rules, or the reason why there is none. */
export async function coveragePage(root: string): Promise<GeneratedFile> {
  const rules = await auditRules(root);
  const reasons = new Map(UNLOOKED.flatMap(({ why, at }) => at.map((each) => [each, why] as const)));
  let [pairs, looked] = [0, 0];
  const sections = FAMILIES.map((family) => {
    const rows = family.controls.flatMap((control) =>
      control.audit.map((method) => {
        const own = rules.filter(({ meta }) => meta.method === method && meta.controls.includes(control.id));
        pairs += 1;
        if (own.length > 0) looked += 1;
        const links = own.map(({ meta }) => `[${meta.id}](rules/${meta.id}.md)`).join(', ');
        return tableRow([control.id, method, links || `none: ${reasons.get(`${control.id}:${method}`) ?? ''}`]);
      }),
    );
    const head = [tableRow(['control', 'looked at by', 'rules']), '|---|---|---|'];
    return `## ${family.title}\n\n${[...head, ...rows].join('\n')}\n`;
  });
  const count = `${looked} of ${pairs} are looked at by a rule.\n`;
  return { path: 'docs/coverage.md', content: `${NOTICE}\n\n${INTRO}\n${count}\n${sections.join('\n')}` };
}
