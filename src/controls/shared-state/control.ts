import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Makes a call's context its own. */
export type Isolate = <T extends object>(work: T) => T;

/**
 * Gives each call a context that nothing of another call can be left on: it is made afresh and closed to new members,
 * and the declarations behind it are frozen. With the control off, calls share what handlers leave on their context.
 */
export function configure(settings: Settings): Isolate {
  if (isOn(settings, 'shared-state')) return (work) => Object.preventExtensions(work);
  const left = new Map<PropertyKey, unknown>();
  return (work) =>
    new Proxy(work, {
      get: (target, key) => (left.has(key) ? left.get(key) : Reflect.get(target, key, target)),
      set: (_, key, value) => {
        left.set(key, value);
        return true;
      },
    });
}
