import { isControlId } from '../../catalogue/index.ts';
import type { ControlId } from '../../catalogue/control-id.ts';
import { itemsOf, member, membersOf, readLocated, textOf, type Located } from '../gather/located.ts';
import { glob, type IsMeant } from './glob.ts';

/** The name under which waivers are found beside a target. */
export const WAIVERS_FILE = 'portcullis.waivers.yaml';

/** What one entry of a file of waivers takes upon itself, by whom, why and until when. */
export interface Waiver {
  readonly line: number;
  /** Exactly one of the two. */
  readonly rule?: string;
  readonly control?: ControlId;
  readonly fingerprint?: string;
  /** Of a file, or of the name of an exchange. */
  readonly isMeant?: IsMeant;
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it counts, `2027-03-31`, in UTC. */
  readonly until: string;
}

/** An entry that does not count, and why. */
export interface WaiverProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** What a file of waivers comes to. */
export interface Waivers {
  readonly waivers: readonly Waiver[];
  readonly problems: readonly WaiverProblem[];
}

const MEMBERS: ReadonlySet<string> = new Set([
  'rule',
  'control',
  'fingerprint',
  'file',
  'exchange',
  'reason',
  'owner',
  'expires',
]);
const MOST_WAIVERS = 1000;
const LONGEST_TEXT = 500;
const DAY = 86_400_000;
const LONGEST = 366;

/** Reads a file of waivers. What is malformed, expired or good for longer than a year does not count, and is told. */
export function parseWaivers(text: string, now: Date): Waivers {
  try {
    const [root, ...more] = readLocated(text);
    if (root === undefined) return { waivers: [], problems: [] };
    const list = member(root, 'waivers');
    const stray = membersOf(root).find(([name]) => name !== 'waivers');
    if (list?.items === undefined || stray !== undefined || more.length > 0)
      throw new Fault(stray?.[1] ?? root, 'it has to be one mapping with a sequence "waivers", and nothing else');
    const read = itemsOf(list).map((each, index) => readOne(each, index, now));
    return {
      waivers: read.flatMap((each) => ('message' in each ? [] : [each])),
      problems: read.flatMap((each) => ('message' in each ? [each] : [])),
    };
  } catch (error) {
    return { waivers: [], problems: [problemOf(error)] };
  }
}

class Fault extends Error {
  readonly at: Pick<Located, 'line' | 'column'>;

  constructor(at: Pick<Located, 'line' | 'column'>, message: string) {
    super(message);
    this.at = at;
  }
}

function problemOf(error: unknown): WaiverProblem {
  if (error instanceof Fault) return { line: error.at.line, column: error.at.column, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  const [, line = '1', column = '1', rest = message] = /^line (\d+), column (\d+): (.*)$/s.exec(message) ?? [];
  return { line: Number(line), column: Number(column), message: rest };
}

function readOne(entry: Located, index: number, now: Date): Waiver | WaiverProblem {
  try {
    if (index >= MOST_WAIVERS) throw new Fault(entry, `there are more than ${MOST_WAIVERS}`);
    return readWaiver(entry, now);
  } catch (error) {
    return problemOf(error);
  }
}

function readWaiver(entry: Located, now: Date): Waiver {
  if (entry.members === undefined) throw new Fault(entry, 'a waiver is a mapping');
  const stray = membersOf(entry).find(([name]) => !MEMBERS.has(name));
  if (stray !== undefined)
    throw new Fault(stray[1], `"${stray[0].slice(0, 60)}" is none of: ${[...MEMBERS].join(', ')}`);
  const [rule, control] = [textIn(entry, 'rule'), textIn(entry, 'control')];
  if ((rule === undefined) === (control === undefined)) throw new Fault(entry, 'it names either a rule or a control');
  if (control !== undefined && !isControlId(control))
    throw new Fault(member(entry, 'control') ?? entry, `"${control}" is no control of the catalogue`);
  const fingerprint = textIn(entry, 'fingerprint');
  const pattern = textIn(entry, 'file') ?? textIn(entry, 'exchange');
  if (rule !== undefined && fingerprint === undefined && pattern === undefined)
    throw new Fault(
      entry,
      'a waiver of a rule needs "file", "exchange" or "fingerprint": it is not for whatever comes',
    );
  return {
    line: entry.line,
    ...(rule === undefined ? {} : { rule }),
    ...(control === undefined ? {} : { control }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(pattern === undefined ? {} : { isMeant: glob(pattern) }),
    reason: needed(entry, 'reason'),
    owner: needed(entry, 'owner'),
    until: readDay(entry, now),
  };
}

function textIn(entry: Located, name: string): string | undefined {
  const value = member(entry, name);
  if (value === undefined) return undefined;
  const text = textOf(value)?.trim();
  if (text === undefined || text === '' || text.length > LONGEST_TEXT)
    throw new Fault(value, `"${name}" is a text of 1 to ${LONGEST_TEXT} characters`);
  return text;
}

function needed(entry: Located, name: string): string {
  const text = textIn(entry, name);
  if (text === undefined) throw new Fault(entry, `"${name}" is missing`);
  return text;
}

function readDay(entry: Located, now: Date): string {
  const text = needed(entry, 'expires');
  const at = member(entry, 'expires') ?? entry;
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isFinite(day) || !new Date(day).toISOString().startsWith(text))
    throw new Fault(at, `"${text}" is no day such as 2027-03-31`);
  const left = day - Date.parse(now.toISOString().slice(0, 10));
  if (left < 0) throw new Fault(at, `it expired on ${text}`);
  if (left > LONGEST * DAY) throw new Fault(at, `${text} is more than a year away`);
  return text;
}
