import { concluded, evidenceRule, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import type { LogFacts } from '../../evidence/log-facts.ts';

interface Logs {
  readonly logs: readonly LogFacts[];
}

/** See `meta`. */
export const rule: EvidenceRule<Logs> = evidenceRule(
  {
    id: 'log-chain',
    title: 'The audit log is whole: nothing was changed, taken out or cut off',
    failure: 'The audit log was changed, or something of it is gone',
    severity: 'critical',
    controls: ['LOG-03'],
    remedy:
      'Keep what is there as evidence, find out who could write to it, and bring the log back from where it was shipped to.',
    references: ['C2SP tlog-checkpoint', 'OWASP MCP Top 10 MCP08'],
  },
  ({ logs }) => ({ logs }),
  ({ logs }) => {
    const hits = logs.flatMap(({ findings }) =>
      findings.map(({ file, line, what }) => ({ message: what, place: { file, line, column: 1 } })),
    );
    const unclear = logs.flatMap(({ file, isWhole, isKeyGiven, records }) => [
      ...(isKeyGiven
        ? []
        : [
            `${file} was verified with the key beside it, which whoever rewrote it could write as well: give it with --log-key`,
          ]),
      ...(records === 0 ? [`${file} holds no record`] : []),
      ...(isWhole ? [] : [`${file} is not whole`]),
    ]);
    if (logs.length === 0) unclear.push('no audit log was given: --log <folder> --log-key <name+hash+key>');
    return concluded(
      hits,
      unclear,
      `${logs.reduce((sum, { records }) => sum + records, 0)} records, and the chain holds`,
    );
  },
);
