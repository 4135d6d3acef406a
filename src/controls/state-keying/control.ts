import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** The principal under whose key a call's state is kept. */
export type KeyedBy = (principal: Principal) => Principal;

/**
 * Keeps all state under the tenant and principal that the credential proves; a handle that another principal guessed or
 * stole finds nothing. With the control off, everybody's state lies under one key.
 */
export function configure(settings: Settings): KeyedBy {
  if (isOn(settings, 'state-keying')) return (principal) => principal;
  return (principal) => {
    const { tenant: _, ...rest } = principal;
    return { ...rest, id: 'everyone' };
  };
}
