import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Finding } from '../../src/audit/model.ts';

const ROOT = fileURLToPath(new URL('../security/advisories', import.meta.url));

const Meta = z.strictObject({
  advisory: z.string(),
  class: z.string(),
  family: z.string(),
  language: z.enum(['typescript', 'javascript', 'python', 'json', 'yaml']),
  mode: z.enum(['code', 'config', 'live']),
  flaw: z.array(z.strictObject({ file: z.string(), line: z.number().int().positive() })).min(1),
  fix: z.string(),
  fixedBy: z.enum(['project', 'recommended']),
  note: z.string().optional(),
  token: z.string().optional(),
});

/** An advisory as a server with its flaw and the same server with its fix. */
export interface AdvisoryPair {
  /** What kind of flaw it is. */
  readonly class: string;
  /** Which rules are asked. */
  readonly family: string;
  readonly language: 'typescript' | 'javascript' | 'python' | 'json' | 'yaml';
  /** What is looked at. */
  readonly mode: 'code' | 'config' | 'live';
  /** Where the flaw stands, in lines from 1. */
  readonly flaw: readonly { readonly file: string; readonly line: number }[];
  /** One that a server to be started takes. */
  readonly token: string | undefined;
  /** `dev` pairs may be looked at while rules are written, `held` ones not. */
  readonly set: 'dev' | 'held';
  readonly id: string;
  /** Absolute. */
  readonly flawFolder: string;
  readonly fixFolder: string;
}

/** Right code that some rule once called wrong. */
export interface FalseAlarm {
  readonly id: string;
  /** Absolute. */
  readonly folder: string;
  /** Rules that have to be silent; all of them where none is named. */
  readonly rules: readonly string[];
}

/** What came of a pair. */
export interface Told {
  readonly pair: AdvisoryPair;
  /** A rule of the family found something in the flaw. */
  readonly isHit: boolean;
  /** It did so within five lines of a place where the flaw stands. */
  readonly isPlaced: boolean;
  /** No rule of the family found anything in the fix. */
  readonly isSilent: boolean;
  /** What else was found in the fix: rule, file and line. */
  readonly besides: readonly string[];
}

/** Every pair, by set and id. */
export function readPairs(): readonly AdvisoryPair[] {
  return (['dev', 'held'] as const).flatMap((set) =>
    foldersIn(join(ROOT, set)).map((id) => {
      const folder = join(ROOT, set, id);
      const told = Meta.parse(JSON.parse(readFileSync(join(folder, 'pair.json'), 'utf8')));
      const { family, language, mode, flaw, token } = told;
      const meta = { class: told.class, family, language, mode, flaw, token };
      return { ...meta, set, id, flawFolder: join(folder, 'flaw'), fixFolder: join(folder, 'fix') };
    }),
  );
}

/** Everything that has to stay silent. */
export function readFalseAlarms(): readonly FalseAlarm[] {
  const Case = z.strictObject({ from: z.string(), why: z.string(), rules: z.array(z.string()).default([]) });
  return foldersIn(join(ROOT, 'false-alarms')).map((id) => {
    const folder = join(ROOT, 'false-alarms', id);
    return { id, folder, ...Case.parse(JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8'))) };
  });
}

function foldersIn(path: string): readonly string[] {
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
}

/** Ids of the rules of each family. */
export function readFamilies(): ReadonlyMap<string, ReadonlySet<string>> {
  const families = z
    .record(z.string(), z.array(z.string()))
    .parse(JSON.parse(readFileSync(join(ROOT, 'families.json'), 'utf8')));
  return new Map(Object.entries(families).map(([name, rules]) => [name, new Set(rules)]));
}

/**
 * Whether a pair is told apart.
 * @param audit What is found in one of its folders.
 * @param rules Those of the family.
 */
export async function tellApart(
  pair: AdvisoryPair,
  audit: (pair: AdvisoryPair, folder: string) => Promise<readonly Finding[]>,
  rules: ReadonlySet<string>,
): Promise<Told> {
  const isOf = ({ rule }: Finding): boolean => rules.has(rule);
  const [flaw, fix] = [await audit(pair, pair.flawFolder), await audit(pair, pair.fixFolder)];
  const hits = flaw.filter(isOf);
  return {
    pair,
    isHit: hits.length > 0,
    isPlaced: hits.some((hit) => pair.flaw.some((place) => isNear(hit, place))),
    isSilent: !fix.some(isOf),
    besides: fix.filter((finding) => !isOf(finding)).map(({ rule, place }) => `${rule} ${whereIs(place)}`),
  };
}

function isNear({ place }: Finding, { file, line }: AdvisoryPair['flaw'][number]): boolean {
  return 'file' in place && place.file === file && Math.abs(place.line - line) <= 5;
}

function whereIs(place: Finding['place']): string {
  return 'file' in place ? `${place.file}:${place.line}` : place.exchange;
}

/** Whether it fired on the flaw and was silent on the fix. */
export function isTold({ isHit, isSilent }: Told): boolean {
  return isHit && isSilent;
}

/** A line for each class, in Markdown: pairs that were told apart of those that there are, for each set. */
export function tableOf(told: readonly Told[]): string {
  const of = (each: readonly Told[]): string => `${each.filter(isTold).length} of ${each.length}`;
  const row = (name: string, each: readonly Told[]): string => {
    const [dev, held] = (['dev', 'held'] as const).map((set) => each.filter(({ pair }) => pair.set === set));
    return `| ${name} | ${of(dev ?? [])} | ${of(held ?? [])} |`;
  };
  const classes = [...new Set(told.map(({ pair }) => pair.class))].toSorted();
  return [
    '| class | seen | not seen |',
    '|---|---|---|',
    ...classes.map((name) =>
      row(
        name,
        told.filter(({ pair }) => pair.class === name),
      ),
    ),
    row('all', told),
  ].join('\n');
}
