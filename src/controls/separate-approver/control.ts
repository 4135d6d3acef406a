/** Who may approve what, and in which order. */
export interface ApprovalDuties {
  /** Whether somebody may not approve what an author has submitted, because they are one. */
  isOwn(author: string, approver: string): boolean;
  /** What keeps an item from being served for its way to an approval: what is wrong with that. */
  orderProblem(problem: string | undefined): string | undefined;
}

/**
 * Keeps those who submit apart from those who approve (TDS-03): an approval counts when somebody else gave it, with a key of their
 * own, for what was scanned and reviewed before, step by step.
 */
export function configure(weakened: ReadonlySet<string>): ApprovalDuties {
  return weakened.has('separate-approver') ? JOINED : SEPARATE;
}

const SEPARATE: ApprovalDuties = Object.freeze({
  isOwn: (author: string, approver: string) => plain(author) === plain(approver),
  orderProblem: (problem: string | undefined) => problem,
});

const JOINED: ApprovalDuties = Object.freeze({ isOwn: () => false, orderProblem: () => undefined });

/** A name is no proof: the key of the approver is, and the name says whose it is. */
function plain(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase();
}
