/** Bounds on what a launched server may write, in bytes. */
export interface LineLimits {
  /** The longest line. */
  readonly line: number;
  /** Everything that it writes until it ends. */
  readonly total: number;
}

/** Hears what a launched server writes. */
export interface LineEvents {
  /** A whole line, without its end. */
  readonly line: (bytes: Buffer) => void;
  /** It wrote more than it may, and nothing further is read: once. */
  readonly tooMuch: (what: 'line' | 'total') => void;
}

const LINE_FEED = 0x0a;

/**
 * Cuts a stream into lines within bounds. Each byte is looked at once, and no more than one line is held.
 * @returns What takes each piece of the stream.
 */
export function createLineReader(limits: LineLimits, { line, tooMuch }: LineEvents): (piece: Buffer) => void {
  let held: Buffer[] = [];
  let [length, total, isOver] = [0, 0, false];
  const end = (what: 'line' | 'total'): void => {
    isOver = true;
    held = [];
    tooMuch(what);
  };
  return (piece) => {
    if (isOver) return;
    total += piece.length;
    let from = 0;
    for (let at = piece.indexOf(LINE_FEED); at !== -1; at = piece.indexOf(LINE_FEED, from)) {
      if (length + at - from > limits.line) return end('line');
      line(Buffer.concat([...held, piece.subarray(from, at)]));
      held = [];
      length = 0;
      from = at + 1;
    }
    const rest = piece.subarray(from);
    length += rest.length;
    if (length > limits.line) return end('line');
    if (total > limits.total) return end('total');
    if (rest.length > 0) held.push(rest);
  };
}
