import { z } from 'zod';
import { CONTROLS } from '../../catalogue/controls.ts';
import { PREDICATE_TYPE, STATEMENT_TYPE, type AuditStatement } from './statement.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const Digest = z.object({ sha256: Sha256 });
const Status = z.enum(['pass', 'fail', 'not-applicable', 'unknown', 'waived']);
const Count = z.int().min(0);
const Line = z.string().max(4096);

const Predicate = z.object({
  auditor: z.object({ name: z.literal('portcullis'), version: Line }),
  rulePack: z.object({ version: Line, rules: Count, digest: Digest }),
  auditedAt: z.iso.datetime(),
  signedAt: z.iso.datetime(),
  kinds: z.array(Line).max(16),
  form: z.enum(['files', 'name']),
  files: z.record(z.string(), Sha256).optional(),
  unread: z.array(z.object({ file: z.string(), why: z.string() })),
  run: z.object({ digest: Digest }),
  findings: z.object({ critical: Count, high: Count, medium: Count, low: Count, waived: Count, known: Count }),
  verdicts: z
    .array(z.object({ control: z.enum(CONTROLS.map(({ id }) => id)), status: Status, why: z.string() }))
    .max(200),
  minimumBar: z.array(z.object({ id: z.string(), status: Status })).max(32),
  cosai: z.record(z.string(), z.int().min(0).max(4)),
});

const Statement = z.object({
  _type: z.literal(STATEMENT_TYPE),
  subject: z.array(z.object({ name: z.string(), digest: Digest })).length(1),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: Predicate,
});

/**
 * Reads a statement of ours; members that it does not know are left out, as the parsing rules of in-toto ask.
 * @throws TypeError that says what is malformed.
 */
export function parseStatement(value: unknown): AuditStatement {
  const { data, error } = Statement.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (data === undefined)
    throw new TypeError(
      `what it says of an audit is malformed: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
    );
  const { files, ...predicate } = data.predicate;
  return { ...data, predicate: { ...predicate, ...(files === undefined ? {} : { files }) } };
}
