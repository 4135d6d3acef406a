import { reveal } from '../text/neutralise.ts';

const TOKEN = /\p{L}[\p{L}\p{M}\p{N}_]*|\p{N}+|\s+|./gsu;
/** Words compared with one another; what is longer is shown as a whole. */
const MOST_PAIRS = 1_000_000;
/** Unchanged characters that are shown beside a change. */
const BESIDE = 40;

interface Piece {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/**
 * Shows how a text became another, word by word: `Gets [-a note-]{+every note and sends it+}.` What a reader cannot see is
 * shown as `\u{200b}`, so that a change of nothing else is seen too. Long stretches that stayed are shortened.
 */
export function diffWords(before: string, after: string): string {
  const [old, now] = [tokensOf(before), tokensOf(after)];
  let from = 0;
  while (from < old.length && from < now.length && old[from] === now[from]) from++;
  let [oldTo, nowTo] = [old.length, now.length];
  while (oldTo > from && nowTo > from && old[oldTo - 1] === now[nowTo - 1]) [oldTo, nowTo] = [oldTo - 1, nowTo - 1];
  const pieces = [
    { kind: 'same', text: old.slice(0, from).join('') } as const,
    ...between(old.slice(from, oldTo), now.slice(from, nowTo)),
    { kind: 'same', text: old.slice(oldTo).join('') } as const,
  ];
  return joined(pieces).map(show).join('');
}

function tokensOf(text: string): readonly string[] {
  return text.match(TOKEN) ?? [];
}

/** The longest common subsequence of two short lists, by its table. */
function between(old: readonly string[], now: readonly string[]): readonly Piece[] {
  const whole = [
    { kind: 'removed', text: old.join('') },
    { kind: 'added', text: now.join('') },
  ] as const;
  if (old.length * now.length > MOST_PAIRS) return whole;
  const width = now.length + 1;
  const table = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      table[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const pieces: Piece[] = [];
  let [i, j] = [0, 0];
  while (i < old.length || j < now.length) {
    const [left, right] = [old[i], now[j]];
    if (left !== undefined && left === right) {
      pieces.push({ kind: 'same', text: left });
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      pieces.push({ kind: 'removed', text: left });
      i++;
    } else {
      pieces.push({ kind: 'added', text: right ?? '' });
      j++;
    }
  }
  return pieces;
}

/** Neighbours of one kind as one; a blank between two changes belongs to both. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const out: Piece[] = [];
  let [removed, added] = ['', ''];
  const flush = (): void => {
    if (removed !== '') out.push({ kind: 'removed', text: removed });
    if (added !== '') out.push({ kind: 'added', text: added });
    [removed, added] = ['', ''];
  };
  for (const [index, { kind, text }] of pieces.entries()) {
    const next = pieces[index + 1]?.kind ?? 'same';
    if (kind === 'removed') removed += text;
    else if (kind === 'added') added += text;
    else if (removed !== '' && added !== '' && next !== 'same' && /^\s+$/.test(text)) {
      removed += text;
      added += text;
    } else if (text !== '') {
      flush();
      const last = out.at(-1);
      if (last?.kind === 'same') out[out.length - 1] = { kind, text: last.text + text };
      else out.push({ kind, text });
    }
  }
  flush();
  return out;
}

function show({ kind, text }: Piece, index: number, all: readonly Piece[]): string {
  const plain = onOneLine(text);
  if (kind === 'removed') return `[-${plain}-]`;
  if (kind === 'added') return `{+${plain}+}`;
  const [isFirst, isLast] = [index === 0, index === all.length - 1];
  if (plain.length <= BESIDE * 2 + 3) return plain;
  if (isFirst) return `...${plain.slice(-BESIDE)}`;
  if (isLast) return `${plain.slice(0, BESIDE)}...`;
  return `${plain.slice(0, BESIDE)}...${plain.slice(-BESIDE)}`;
}

/** A text as one line: a break would begin a line that looks like one of ours, and a return writes over what was there. */
export function onOneLine(text: string): string {
  return reveal(text).replaceAll('\n', '\\n').replaceAll('\r', '\\r');
}
