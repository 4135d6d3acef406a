import type { Provider } from '../provider.ts';

/** Refuses until it is there. */
export function createAzureProvider(): Provider {
  return { read: () => Promise.reject(new Error('this provider is not there yet')) };
}
