import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Milliseconds that a piece of work may take; `undefined` when the control is off. */
export type Deadline = (wanted: number) => number | undefined;

/**
 * Puts an end to every handler: its own timeout, or the default, and never more than the hard maximum. Progress does not
 * extend it (MCP 2026-07-28 basic/patterns/cancellation#timeouts).
 */
export function configure(settings: Settings): Deadline {
  if (!isOn(settings, 'deadline')) return () => undefined;
  const { handlerMaxMs } = settings.limits;
  return (wanted: number): number => Math.min(wanted, handlerMaxMs);
}
