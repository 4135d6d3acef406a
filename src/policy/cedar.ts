import type * as CedarModule from '@cedar-policy/cedar-wasm/nodejs';

/** The Cedar engine: `@cedar-policy/cedar-wasm`, an optional peer. */
export type Cedar = typeof CedarModule;

let loaded: Promise<Cedar> | undefined;

/**
 * Loads the engine, once.
 * @throws TypeError with the line that installs it, where it is not there.
 */
export function loadCedar(): Promise<Cedar> {
  loaded ??= import('@cedar-policy/cedar-wasm/nodejs').catch((error: unknown) => {
    loaded = undefined;
    throw new TypeError(
      'policy: Cedar policies need cedar-wasm: npm install --save-exact @cedar-policy/cedar-wasm@4.13.0',
      { cause: error },
    );
  });
  return loaded;
}
