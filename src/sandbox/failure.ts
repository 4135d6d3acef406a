/** A sandbox ended before its handler had answered, or answered what the host does not take. */
export class SandboxFailure extends Error {
  override readonly name = 'SandboxFailure';
}

/** A handler in a sandbox threw: its message and stack, for the operator. */
export class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';
}

/** No place is free for a call, and none will be soon enough. */
export class SandboxBusy extends Error {
  override readonly name = 'SandboxBusy';
}
