import { z } from 'zod';
import { CONTROLS } from '../catalogue/controls.ts';
import { hasHidden } from '../text/neutralise.ts';
import { SEVERITIES, type AuditRule, type Gathered, type Judgement } from './model.ts';

const Line = z
  .string()
  .min(3)
  .max(500)
  .refine((text) => !/[\r\n]/.test(text) && !hasHidden(text), 'one line of text that a reader sees as it is');
const Severity = z.enum(SEVERITIES);
const Confidence = z.enum(['high', 'medium', 'low']);

const Meta = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9-]*\/[a-z][a-z0-9-]*$/, 'who wrote it, a slash, and its name: acme/no-demo-server'),
  title: Line,
  failure: Line,
  severity: Severity,
  confidence: Confidence,
  controls: z.array(z.enum(CONTROLS.map(({ id }) => id))).min(1),
  method: z.enum(['static', 'probe', 'config', 'evidence']),
  remedy: Line,
  references: z.array(Line).min(1).max(20),
});

const Rules = z
  .array(
    z.object({
      kind: z.enum(['files', 'code', 'live', 'package', 'evidence']),
      meta: Meta,
      gather: z.custom<AuditRule['gather']>((value) => typeof value === 'function', 'a function'),
      judge: z.custom<AuditRule['judge']>((value) => typeof value === 'function', 'a function'),
    }),
  )
  .min(1)
  .max(1000);

const Place = z.union([
  z.strictObject({ file: z.string().max(4096), line: z.int().min(1), column: z.int().min(1) }),
  z.strictObject({ exchange: z.string().max(4096) }),
]);

const Judged = z.object({
  status: z.enum(['pass', 'fail', 'unknown']),
  why: z.string().max(4096),
  hits: z
    .array(
      z.object({
        message: z.string().max(4096),
        place: Place,
        evidence: z.string().max(4096).optional(),
        severity: Severity.optional(),
        confidence: Confidence.optional(),
      }),
    )
    .max(100_000),
});

/**
 * Checks rules that a user brought: ids with a prefix, so that none stands in the place of one of ours; controls of the
 * catalogue; texts that a report can show. What they gather and judge is checked each time: a rule that breaks is unknown.
 * @param value What the module exports as `rules`.
 * @throws TypeError that says which rule is wrong, and how.
 */
export function parseRules(value: unknown): readonly AuditRule[] {
  const { data, error } = Rules.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (data === undefined)
    throw new TypeError(
      `rules${(issue?.path ?? []).map((part) => `[${String(part)}]`).join('')}: ${issue?.message ?? ''}`,
    );
  return data.map((rule, index) => guard(rule, (value as readonly AuditRule[])[index] ?? rule));
}

/** What is gathered where the rule itself failed. */
interface Broken extends Gathered {
  readonly broken: string;
}

function guard({ kind, meta }: Pick<AuditRule, 'kind' | 'meta'>, rule: AuditRule): AuditRule {
  return {
    kind,
    meta,
    async gather(subject) {
      try {
        const found = await rule.gather(subject);
        // What is judged now is what is judged when it was kept.
        return found === undefined ? undefined : { found: JSON.parse(JSON.stringify(found)) as unknown };
      } catch (error) {
        return { broken: error instanceof Error ? error.name : 'an error' };
      }
    },
    judge(gathered: Gathered): Judgement {
      const { found, broken } = gathered as Partial<Broken> & { readonly found?: never };
      if (broken !== undefined) return { status: 'unknown', why: `the rule failed to gather: ${broken}`, hits: [] };
      const { data, error } = Judged.safeParse(rule.judge(found as never));
      if (data === undefined)
        return {
          status: 'unknown',
          why: `the rule judged in no known form: ${error.issues[0]?.message ?? ''}`,
          hits: [],
        };
      if (data.status === 'pass' && data.hits.length > 0)
        return { status: 'unknown', why: 'the rule passed what it found wrong', hits: [] };
      return data as Judgement;
    },
  };
}
