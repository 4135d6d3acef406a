import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { readYaml } from './yaml.ts';

/** Who asks, in a case. */
export interface CaseCaller {
  readonly subject?: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly scopes?: readonly string[];
}

/** A request, and what the policies have to say of it. */
export interface PolicyCase {
  readonly name: string;
  /** Exactly one of the three. */
  readonly tool?: string;
  readonly resource?: string;
  readonly prompt?: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly caller?: CaseCaller;
  readonly labels?: readonly ('private' | 'untrusted')[];
  readonly transport?: 'http' | 'stdio';
  /** ISO 8601; now when absent. */
  readonly at?: string;
  /** `allow`, `deny`, `scope <name>`, `approval person` or `approval page`. */
  readonly expect: string;
}

const text = z.string().min(1).max(256);

/** Schema of what asks. */
const request = {
  tool: text.exactOptional(),
  resource: text.exactOptional(),
  prompt: text.exactOptional(),
  arguments: z.record(z.string(), z.unknown()).exactOptional(),
  caller: z
    .strictObject({
      subject: text.exactOptional(),
      client: text.exactOptional(),
      tenant: text.exactOptional(),
      scopes: z.array(text).max(256).exactOptional(),
    })
    .exactOptional(),
  labels: z
    .array(z.enum(['private', 'untrusted']))
    .max(2)
    .exactOptional(),
  transport: z.enum(['http', 'stdio']).exactOptional(),
  at: z.iso.datetime({ offset: true }).exactOptional(),
};

const EXPECT = /^(?:allow|deny|scope [\x21\x23-\x5b\x5d-\x7e]{1,128}|approval (?:person|page))$/;

const casesSchema: z.ZodType<{ readonly cases: readonly PolicyCase[] }> = z.strictObject({
  cases: z
    .array(z.strictObject({ name: text, ...request, expect: z.string().regex(EXPECT) }))
    .min(1)
    .max(1_000),
});

/**
 * Reads a file of cases.
 * @throws ConfigError with one line per fault; Error when the file cannot be read.
 */
export async function readCases(file: string): Promise<readonly PolicyCase[]> {
  const source = readYaml(await readFile(file, 'utf8'));
  if ('problems' in source) throw new ConfigError(file, source.problems);
  const parsed = casesSchema.safeParse(source.value);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue): ConfigProblem => {
      const path = issue.path.filter((part) => typeof part !== 'symbol');
      const hint = path.at(-1) === 'expect' ? ' Say allow, deny, scope <name>, approval person or approval page.' : '';
      return { ...source.at(path), message: `${path.join('.')}: ${issue.message}.${hint}` };
    });
    throw new ConfigError(file, problems);
  }
  const problems = parsed.data.cases.flatMap(({ tool, resource, prompt }, index): readonly ConfigProblem[] =>
    [tool, resource, prompt].filter((name) => name !== undefined).length === 1
      ? []
      : [{ ...source.at(['cases', index]), message: `cases.${index}: name one tool, resource or prompt.` }],
  );
  if (problems.length > 0) throw new ConfigError(file, problems);
  return parsed.data.cases;
}
