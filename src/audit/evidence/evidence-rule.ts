import type { AuditRule, Gathered, Hit, Judgement, RuleMeta } from '../model.ts';
import { firstOf } from './record-rule.ts';
import type { EvidenceSubject } from './subject.ts';

/** A rule about records that are not in the form of this product, or not only. */
export interface EvidenceRule<G extends Gathered> extends AuditRule<EvidenceSubject, G> {
  gather(subject: EvidenceSubject): G | undefined;
  judge(gathered: G): Judgement;
}

/** Makes such a rule. */
export function evidenceRule<G extends Gathered>(
  meta: Omit<RuleMeta, 'method' | 'confidence'>,
  gather: (subject: EvidenceSubject) => G | undefined,
  judge: (gathered: G) => Judgement,
): EvidenceRule<G> {
  return { kind: 'evidence', meta: { ...meta, confidence: 'high', method: 'evidence' }, gather, judge };
}

/**
 * Concludes: what speaks against it decides, then what is not clear.
 * @param pass What is said where there is neither.
 */
export function concluded(hits: readonly Hit[], unclear: readonly string[], pass: string): Judgement {
  if (hits.length > 0) return { status: 'fail', why: firstOf(hits), hits };
  if (unclear.length > 0) return { status: 'unknown', why: unclear.slice(0, 3).join('; '), hits: [] };
  return { status: 'pass', why: pass, hits: [] };
}

/** Joins what two kinds of evidence for one thing come to: one that fails decides, then one that is clear. */
export function either(a: Judgement, b: Judgement): Judgement {
  const failed = [a, b].filter(({ status }) => status === 'fail');
  if (failed.length > 0) {
    const hits = failed.flatMap((each) => each.hits);
    return { status: 'fail', why: firstOf(hits), hits };
  }
  return a.status === 'pass' ? a : b;
}

/** Why a signature does not count yet; `undefined` where it does, or where it is plainly wrong. */
export function unclearSignature(
  file: string,
  signature: 'none' | 'good' | 'other' | 'unverified' | 'bad',
): string | undefined {
  if (signature === 'none') return `${file} is not signed`;
  if (signature === 'other') return `${file} is signed by none of the keys that were given`;
  if (signature === 'unverified')
    return `the signature of ${file} was not verified: give the public key with --evidence-key`;
  return undefined;
}
