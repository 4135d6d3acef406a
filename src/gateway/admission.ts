import { isObject } from '../protocol/json.ts';
import { onOneLine } from './diff-words.ts';
import type { UpstreamOptions, VetWaiver } from './options.ts';
import { VET_CHECKS, type VetCheck, type Vetting } from './vet.ts';

/** Days after which a package has to be looked at again. */
const LONGEST_DAYS = 180;
const DAY_MS = 86_400_000;

/**
 * Why a package is not admitted (SUP-05); `undefined` when it is, and for what is no package. INVARIANT: what could not be found
 * out keeps it out, as what is bad does, until somebody answers for it.
 */
export function whyNotAdmitted(
  id: string,
  { package: reference, waiver }: UpstreamOptions,
  integrity: string,
  vetting: Vetting | undefined,
  now: number = Date.now(),
): string | undefined {
  if (reference === undefined) return undefined;
  const again = `Run: portcullis gateway vet ${id}`;
  if (vetting === undefined) return `nobody has vetted the package. ${again}`;
  if (vetting.source !== reference || vetting.integrity !== integrity)
    return `another package was vetted, ${vetting.source}. ${again}`;
  const age = now - Date.parse(vetting.at);
  // A day that lies ahead is none on which anybody looked.
  if (!(age >= -DAY_MS && age <= LONGEST_DAYS * DAY_MS))
    return `it was vetted on ${vetting.at.slice(0, 10)}, which is no day of the last ${LONGEST_DAYS}. ${again}`;
  const waived = waivedBy(waiver, now);
  const open = VET_CHECKS.flatMap((check) => {
    if (waived.has(check)) return [];
    const found = vetting.checks.find((each) => each.check === check);
    if (found?.status === 'pass' || found?.status === 'note') return [];
    return [`${check} (${found?.status ?? 'unknown'}: ${onOneLine(found?.what ?? 'not looked at')})`];
  });
  if (open.length === 0) return undefined;
  return `its package is not admitted: ${open.join('; ')}. Mend it and run portcullis gateway vet ${id}, or answer for it under "waiver"`;
}

function waivedBy(waiver: VetWaiver | undefined, now: number): ReadonlySet<VetCheck> {
  // The day itself still counts; what is no day has passed.
  const holds = waiver !== undefined && Date.parse(`${waiver.until}T23:59:59Z`) >= now;
  return new Set(holds ? waiver.checks : []);
}

/** The record of a package, a line each. Nothing that is hidden in a text stays hidden. */
export function describeVetting({ source, at, unreachable, checks }: Vetting): readonly string[] {
  const why = unreachable === undefined ? '' : `; ${onOneLine(unreachable)}`;
  return [
    `${onOneLine(source)} was vetted on ${onOneLine(at.slice(0, 10))}${why}`,
    ...checks.map(({ check, status, what }) => `  ${check.padEnd(16)} ${status.padEnd(8)} ${onOneLine(what)}`),
  ];
}

/** The record in one line: `vetted 2026-11-21; fail: age; note: repository, provenance`. */
export function summariseVetting({ at, checks }: Vetting): string {
  const parts = (['fail', 'unknown', 'note'] as const).flatMap((status) => {
    const names = checks.filter((each) => each.status === status).map(({ check }) => check);
    return names.length === 0 ? [] : [`${status}: ${names.join(', ')}`];
  });
  return [`vetted ${onOneLine(at.slice(0, 10))}`, ...parts].join('; ');
}

const STATUSES: ReadonlySet<unknown> = new Set(['pass', 'note', 'fail', 'unknown']);

/** Whether a value from a file is an admission record. */
export function isVetting(value: unknown): value is Vetting {
  return (
    isObject(value) &&
    ['source', 'integrity', 'at'].every((key) => typeof value[key] === 'string') &&
    (value['unreachable'] === undefined || typeof value['unreachable'] === 'string') &&
    Array.isArray(value['checks']) &&
    value['checks'].every(
      (each) =>
        isObject(each) &&
        VET_CHECKS.some((check) => check === each['check']) &&
        STATUSES.has(each['status']) &&
        typeof each['what'] === 'string',
    )
  );
}
