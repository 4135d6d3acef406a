import type { Target } from '../../pipeline/catalog.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import type { StartCheck } from '../../pipeline/start.ts';
import { objectIdFields } from '../../schema/object-ids.ts';

/** Decides whether this caller may do this to this object. */
export type AuthorizeObject = (target: Target, args: unknown, work: object) => MaybePromise<Decision>;

/**
 * Asks the primitive's own `authorize` about the object that the arguments name, before anything else of it runs.
 * A resource that the caller may not see reads as one that does not exist (OWASP API1:2023, broken object-level
 * authorization).
 */
export function configure(settings: Settings): AuthorizeObject {
  if (!isOn(settings, 'object-authorization')) return () => PASS;
  return function authorizeObject(target: Target, args: unknown, work: object): MaybePromise<Decision> {
    if (target.authorize === undefined) return PASS;
    const verdict = target.authorize(args, work);
    if (verdict instanceof Promise) return verdict.then((allowed) => judge(target, allowed));
    return judge(target, verdict);
  };
}

/** INVARIANT: only `true` allows; a hook that forgets to return denies. */
function judge(target: Target, allowed: unknown): Decision {
  if (allowed === true) return PASS;
  return deny(target.kind === 'resource' ? 'RESOURCE_UNKNOWN' : 'OBJECT_FORBIDDEN', { detail: 'refused by authorize' });
}

/** Refuses to start with an argument that names an object and no `authorize` to say whose it is. */
export function configureStart(): StartCheck {
  return function objectsNeedAuthorize({ declared }) {
    return declared.flatMap(({ kind, name, input, untrusted, hasAuthorize }) =>
      hasAuthorize || kind === 'prompt'
        ? []
        : objectIdFields(input)
            .filter((path) => !untrusted.includes(path))
            .map(
              (path) =>
                `${kind} "${name}", ${path}: it names an object, and nothing says who may have it. ` +
                'Add authorize(args, ctx) that answers whether ctx.principal may, or list it under "untrusted" if it names nothing of anyone\'s.',
            ),
    );
  };
}
