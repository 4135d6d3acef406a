import {
  type Control,
  type ControlFamily,
  FAMILIES,
  isControlId,
  MINIMUM_BAR,
  controlsOfLine,
} from '../../src/catalogue/index.ts';
import type { ControlMeta, Reach } from '../../src/pipeline/control.ts';
import { type GeneratedFile, NOTICE, tableRow } from './generated-file.ts';
import { readSlices } from './slices.ts';

const INTRO = `# Controls

The catalogue says what has to hold for an MCP server to be secure; a control of Portcullis is what makes it hold.
Each catalogue id is permanent. Tiers: **bar** carries a line of the OWASP minimum bar, **core** is expected of everyone,
**advanced** belongs to the high-assurance profile.
`;

const tierNames = { 'minimum-bar': 'bar', core: 'core', advanced: 'advanced' } as const;

/**
 * Writes `docs/controls.md` from the catalogue and the slices.
 *
 * @throws {Error} when a slice names a control that the catalogue does not have.
 */
export async function controlsPage(root: string): Promise<GeneratedFile> {
  const slices = await readSlices(root);
  for (const slice of slices) {
    const unknown = slice.catalogue.find((id) => !isControlId(id));
    if (unknown !== undefined)
      throw new Error(`src/controls/${slice.id}/meta.ts names '${unknown}', not in the catalogue`);
  }
  const parts = [
    INTRO,
    sliceSection(slices),
    barSection(slices),
    '## The catalogue\n',
    ...FAMILIES.map((family) => familySection(family, slices)),
  ];
  return { path: 'docs/controls.md', content: `${NOTICE}\n\n${parts.join('\n')}` };
}

function sliceSection(slices: readonly ControlMeta[]): string {
  const rows = slices.map((slice) =>
    tableRow([
      sliceLink(slice),
      slice.title,
      slice.severity,
      where(slice),
      slice.catalogue.join(', '),
      `\`${slice.insecure}\``,
    ]),
  );
  const head = [
    tableRow(['control', 'what holds', 'severity if missing', 'where', 'catalogue', 'switched off by']),
    '|---|---|---|---|---|---|',
  ];
  return `## Controls in the pipeline\n\n${[...head, ...rows].join('\n')}\n`;
}

function barSection(slices: readonly ControlMeta[]): string {
  const rows = MINIMUM_BAR.flatMap((group) => [
    tableRow([`**${group.id}**`, `**${group.title}**`, '', '']),
    ...group.lines.map((line) => {
      const controls = controlsOfLine(line.id);
      const carriers = slices.filter((slice) => controls.some((control) => slice.catalogue.includes(control.id)));
      return tableRow([
        line.id,
        line.text,
        controls.map((control) => control.id).join(', '),
        carriers.map(sliceLink).join(', '),
      ]);
    }),
  ]);
  return `## The OWASP minimum bar\n\n${[tableRow(['#', 'line', 'catalogue', 'controls']), '|---|---|---|---|', ...rows].join('\n')}\n`;
}

function familySection(family: ControlFamily, slices: readonly ControlMeta[]): string {
  const rows = family.controls.map((control) =>
    tableRow([
      control.id,
      tierNames[control.tier],
      `**${control.title}.** ${control.need}`,
      carriersOf(control, slices),
    ]),
  );
  return `### ${family.key}: ${family.title}\n\n${[tableRow(['id', 'tier', 'need', 'carried by']), '|---|---|---|---|', ...rows].join('\n')}\n`;
}

function carriersOf(control: Control, slices: readonly ControlMeta[]): string {
  return slices
    .filter((slice) => slice.catalogue.includes(control.id))
    .map(sliceLink)
    .join(', ');
}

function sliceLink(slice: ControlMeta): string {
  return `[${slice.id}](../src/controls/${slice.id}/README.md)`;
}

function where(slice: ControlMeta): string {
  const reaches: readonly (readonly [string, Reach])[] = Object.entries(slice.reach);
  return reaches
    .filter(([, reach]) => reach === true)
    .map(([name]) => name)
    .join(', ');
}
