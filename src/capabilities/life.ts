import type { CapabilityContext } from './capability.ts';

/** Whether a call goes on still. */
export interface Life {
  readonly over: boolean;
}

/**
 * Watches a call, for what a handler may not change any more once its outcome has been told. Ask for it when the
 * capability is granted: what a handler defers itself runs before this, and may use the capability still.
 */
export function lifeOf(context: CapabilityContext): Life {
  const life = { over: false };
  context.defer(() => {
    life.over = true;
  });
  return life;
}
