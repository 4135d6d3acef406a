import { neutralise } from '../../text/neutralise.ts';
import type { Point } from './points.ts';
import type { ReviewState } from './state.ts';

/** Type of what an attestation of a review says; `docs/guides/review.md` documents its members. */
export const REVIEW_TYPE = 'urn:portcullis:review:v1';

/** A point, and what somebody decided on it. */
export interface DecidedPoint extends Point {
  readonly decision?: string;
  readonly by?: string;
}

/** What a review comes to. Times are ISO 8601. */
export interface ReviewPacket {
  readonly at: string;
  readonly from: string;
  /** When the next one is due. */
  readonly due: string;
  readonly log: { readonly isWhole: boolean | null; readonly records: number; readonly begins: string | null };
  readonly points: readonly DecidedPoint[];
  /** Points on which nobody has decided. */
  readonly undecided: number;
  /** What cannot be told from here. */
  readonly unknown: readonly string[];
  readonly state: ReviewState;
}

const TITLES: Readonly<Record<Point['kind'], string>> = {
  changed: 'What was changed',
  grown: 'What is allowed now and was not at the review before',
  expires: 'What ends, or has ended',
  unused: 'What nobody used',
};

/** The packet for people, in Markdown. */
export function markdownPacket({ at, from, due, log, points, undecided, unknown }: ReviewPacket): string {
  const chain =
    log.isWhole === null ? 'there is none' : log.isWhole ? `whole, ${log.records} records` : '**NOT whole**';
  const begins = log.begins !== null && log.begins > from ? `, and begins on ${log.begins.slice(0, 10)} only` : '';
  const sections = (Object.keys(TITLES) as Point['kind'][]).map((kind) => {
    const own = points.filter((each) => each.kind === kind);
    const rows = own.map(
      ({ id, what, decision, by }) =>
        `| \`${id}\` | ${cell(what)} | ${decision === undefined ? '' : cell(`${decision}, ${by ?? ''}`)} |`,
    );
    const table = ['| point | what | decision |', '|---|---|---|', ...rows].join('\n');
    return `## ${TITLES[kind]}\n\n${own.length === 0 ? 'Nothing.' : table}\n`;
  });
  const lines = [
    `# Review of ${at.slice(0, 10)}`,
    `From ${from.slice(0, 10)} on. The next is due by ${due.slice(0, 10)}. ${undecided} of ${points.length} points are not decided.`,
    `Audit log: ${chain}${begins}.`,
    ...sections.map((each) => each.trimEnd()),
    `## What cannot be told from here\n\n${unknown.map((each) => `- ${each}`).join('\n')}`,
  ];
  return `${lines.join('\n\n')}\n`;
}

/** INVARIANT: names of clients and tools are of strangers: they cannot end a cell or begin markup. */
function cell(text: string): string {
  const line = neutralise(text).replaceAll(/\s+/g, ' ').slice(0, 300);
  return line.replaceAll(/[\\`*_{}[\]<>|&]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
