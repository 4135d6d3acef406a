import type { Severity } from '../model.ts';

type Weights = Readonly<Record<string, number>>;
const AV: Weights = { N: 0.85, A: 0.62, L: 0.55, P: 0.2 };
const AC: Weights = { L: 0.77, H: 0.44 };
const UI: Weights = { N: 0.85, R: 0.62 };
const IMPACT: Weights = { H: 0.56, L: 0.22, N: 0 };
/** By whether the scope changes. */
const PR: Readonly<Record<string, Weights>> = { U: { N: 0.85, L: 0.62, H: 0.27 }, C: { N: 0.85, L: 0.68, H: 0.5 } };

/**
 * The base score of a CVSS vector of version 3.0 or 3.1 (specification, section 7.1), from 0 to 10.
 * @returns `undefined` where it is none, or of another version.
 */
export function cvssBase(vector: string): number | undefined {
  if (!/^CVSS:3\.[01]\//.test(vector)) return undefined;
  const metrics = new Map(vector.split('/').map((part) => part.split(':', 2) as [string, string]));
  const of = (name: string, weights: Weights | undefined): number => weights?.[metrics.get(name) ?? ''] ?? Number.NaN;
  const scope = metrics.get('S') ?? '';
  const left = (1 - of('C', IMPACT)) * (1 - of('I', IMPACT)) * (1 - of('A', IMPACT));
  const iss = 1 - left;
  const impact = scope === 'C' ? 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 : 6.42 * iss;
  const exploitability = 8.22 * of('AV', AV) * of('AC', AC) * of('PR', PR[scope]) * of('UI', UI);
  const sum = impact + exploitability;
  if (Number.isNaN(sum)) return undefined;
  if (impact <= 0) return 0;
  // Rounded up to one decimal, past what binary fractions add.
  return Math.ceil(Math.round(Math.min(scope === 'C' ? 1.08 * sum : sum, 10) * 100_000) / 10_000) / 10;
}

/** The word for a score (CVSS 3.1, section 5). */
export function severityOf(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  return score >= 4 ? 'medium' : 'low';
}
