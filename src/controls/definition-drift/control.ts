import type { Decide } from '../../pipeline/control.ts';
import { PASS, deny } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

/**
 * Refuses a tool that is not as the signed manifest says. Such a tool was taken out of every list when the server
 * started; here its name is told apart from one that never was, so that the person who approves hears of it.
 */
export function configure({ catalog: { held } }: Settings): Decide {
  if (held.size === 0) return () => PASS;
  return function definitionDrift({ message }) {
    if (message?.kind !== 'request' || message.method !== 'tools/call') return PASS;
    const { name } = message.params;
    return typeof name === 'string' && held.has(name) ? deny('DEFINITION_HELD', { detail: name }) : PASS;
  };
}
