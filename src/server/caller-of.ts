import type { Principal } from '../pipeline/principal.ts';
import type { Caller } from './ctx.ts';

/** A copy that decides nothing: a handler that adds to it is stopped, and could not have raised its caller if it were not. */
class OwnScopes extends Set<string> {
  constructor(scopes: ReadonlySet<string>) {
    super();
    for (const scope of scopes) super.add(scope);
    Object.freeze(this);
  }

  override add(): never {
    throw new TypeError('The scopes of a caller come from its token. A handler cannot change them.');
  }

  override delete(): never {
    return this.add();
  }

  override clear(): never {
    return this.add();
  }
}

const callers = new WeakMap<Principal, Caller>();

/** INVARIANT: the handler's view of a principal has no field that leads to the credential. */
export function callerOf(principal: Principal): Caller {
  let caller = callers.get(principal);
  if (caller === undefined) {
    const { id, subject, issuer, tenant, client, scopes } = principal;
    caller = Object.freeze({ id, subject, issuer, tenant, client, scopes: new OwnScopes(scopes) });
    callers.set(principal, caller);
  }
  return caller;
}
