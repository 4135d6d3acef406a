import type { ReverseChannel } from '../../pipeline/catalog.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Decides whether a primitive may ask over a channel. */
export type CheckChannel = (channel: ReverseChannel, declared: ReadonlySet<ReverseChannel>) => Decision;

/**
 * Keeps the channels from server to client closed unless the primitive declared them: a handler that was talked into
 * asking the model or the person for something cannot.
 */
export function configure(settings: Settings): CheckChannel {
  if (!isOn(settings, 'reverse-channels')) return () => PASS;
  return function checkChannel(channel: ReverseChannel, declared: ReadonlySet<ReverseChannel>): Decision {
    return declared.has(channel)
      ? PASS
      : deny('CHANNEL_CLOSED', { detail: `${channel} is not among the declared asks` });
  };
}
