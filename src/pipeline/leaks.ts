/** What can leak by its shape. Secrets that the host was handed are known exactly, and always taken out. */
export type LeakClass = 'credentials' | 'email' | 'phone' | 'iban' | 'card' | 'nationalId';

/**
 * What is done about it: `mask` puts the name of the class in its place, `hash` a keyed digest by which two places can be
 * told to hold the same, `refuse` withholds the whole answer.
 */
export type LeakAction = 'allow' | 'mask' | 'hash' | 'refuse';

/** What is done about each class. */
export type LeakActions = Readonly<Record<LeakClass, LeakAction>>;

/** What becomes of markup that acts or loads: `inert` breaks it so that it shows as text, `allow` leaves it. */
export type MarkupAction = 'inert' | 'allow';

/** The rules in use. */
export interface LeakRules {
  readonly base: LeakActions;
  /** By tool, where a deployment says otherwise. */
  readonly tools: ReadonlyMap<string, LeakActions>;
  /** By tool; a tool that is not here has its markup made inert when it gives untrusted text. */
  readonly markup: ReadonlyMap<string, MarkupAction>;
}
