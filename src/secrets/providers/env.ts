import type { Provider } from '../provider.ts';

/** What was taken out of the environment of this process: a second vault in it reads from here. */
const taken = new Map<string, string>();

/**
 * Reads `env:<NAME>`, and takes it out of the environment, so that neither a handler nor a process that is started from
 * now on finds it there. Whoever may read `/proc/<pid>/environ` still does: it is for one's own machine, and always reported.
 */
export function createEnvProvider(): Provider {
  return {
    read(locator) {
      const { [locator]: present } = process.env;
      if (present !== undefined) {
        taken.set(locator, present);
        Reflect.deleteProperty(process.env, locator);
      }
      const value = taken.get(locator);
      if (value === undefined) return Promise.reject(new Error(`the environment has no ${locator}`));
      return Promise.resolve({
        value,
        problems: [`${locator} is in the environment, where other processes can read it. Keep it in a file or a vault`],
      });
    },
  };
}
