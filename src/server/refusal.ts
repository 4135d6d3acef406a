import type { Decision, Denial } from '../pipeline/decision.ts';

/** Carries a denial out of code that a handler called. A handler that catches it changes nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.code);
    this.denial = denial;
  }
}

/** @throws Refusal unless the decision is to pass. */
export function insist(decision: Decision): void {
  if (!decision.pass) throw new Refusal(decision);
}

/** Ends a round of a multi round-trip request: the answer carries the questions. */
export class RoundEnd extends Error {
  override readonly name = 'RoundEnd';

  constructor() {
    super('The round ends here; the handler runs again with the answers. Do not catch this.');
  }
}
