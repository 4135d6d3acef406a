import type { RecordKind } from '../../src/audit/evidence/record-rule.ts';
import { templateOf } from '../../src/audit/evidence/template.ts';
import { auditRules } from './audit-rules.ts';
import { type GeneratedFile, NOTICE } from './generated-file.ts';

const INTRO = `# Records

What each kind of record holds that [\`portcullis audit\`](guides/audit.md) reads as evidence. [The guide](guides/evidence.md) says
how to write, sign and check them. \`portcullis evidence init <kind>\` writes these forms.

Every record has the members \`portcullis\`, \`kind\`, \`date\` and \`by\`, and may have \`for\` (which server, tool or place it is about,
where there are several), \`note\`, and \`files\`: a list of \`path\` (from the folder of the target) and \`sha256\`, each of which is
compared with the file. A member that is not named here is refused, for it may be one that was misspelt.
`;

/** Writes `docs/evidence-records.md`: the form of each kind of record, from its rule. */
export async function evidenceRecordsPage(root: string): Promise<GeneratedFile> {
  const kinds = (await auditRules(root)).flatMap((rule) => {
    const { record } = rule as { readonly record?: RecordKind };
    return record === undefined ? [] : [{ record, meta: rule.meta }];
  });
  const sections = kinds.map(({ record, meta }) => {
    const notes = [
      `Controls: ${meta.controls.join(', ')}`,
      `counts for ${record.freshDays} days`,
      ...(record.isSigned ? ['counts signed'] : []),
      ...(record.isOptional ? ['judged where there is one'] : []),
    ];
    const form = templateOf(record, meta.title).trimEnd();
    return `## ${record.kind}\n\n${notes.join('; ')}. Rule: [${meta.id}](rules/${meta.id}.md).\n\n\`\`\`yaml\n${form}\n\`\`\`\n`;
  });
  return { path: 'docs/evidence-records.md', content: `${NOTICE}\n\n${INTRO}\n${sections.join('\n')}` };
}
