/** Where the policies of a deployment are, and what holds without one. */
export interface PolicyOptions {
  /** Absolute folder of `*.cedar` files. */
  readonly directory: string;
  /** What holds where no policy says anything: the scopes decide, or everything is denied. */
  readonly default: 'scopes' | 'deny';
}
