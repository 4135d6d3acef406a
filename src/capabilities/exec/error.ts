/** Why a program did not give its answer. */
export type ExecReason =
  | 'arguments'
  | 'busy'
  | 'changed'
  | 'not-started'
  | 'exit'
  | 'signal'
  | 'timeout'
  | 'cancelled'
  | 'too-large'
  | 'output-file';

const SENTENCES: Readonly<Record<ExecReason, string>> = {
  arguments: 'The arguments do not fit the program.',
  busy: 'The program is running as often as it may.',
  changed: 'The program on disk is not the one that was there at the start.',
  'not-started': 'The program could not be started.',
  exit: 'The program failed.',
  signal: 'The program was stopped by a signal.',
  timeout: 'The program did not finish in time.',
  cancelled: 'The call ended before the program did.',
  'too-large': 'The program gives more than its limit.',
  'output-file': 'The program did not write the file that it was asked for.',
};

/** A run that failed. Neither arguments nor output are in it; the detail is in the operator's log. */
export class ExecError extends Error {
  override readonly name = 'ExecError';
  readonly reason: ExecReason;
  /** Exit code, where the program gave one. */
  readonly exitCode: number | undefined;

  constructor(reason: ExecReason, more: { readonly exitCode?: number; readonly parameter?: string } = {}) {
    super(more.parameter === undefined ? SENTENCES[reason] : `${SENTENCES[reason]} Mend "${more.parameter}".`);
    this.reason = reason;
    this.exitCode = more.exitCode;
  }
}
