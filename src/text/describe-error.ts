/**
 * Tells a thrown value in words for an inner log: an error's stack, or its name and message. Never throws, whatever was
 * thrown: `stack` may be an accessor or no string, and a proxy may trap every question about it.
 */
export function describeError(error: unknown): string {
  try {
    const text: unknown = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : error;
    return typeof text === 'string' ? text : 'a value that is no Error was thrown';
  } catch {
    return 'an error that cannot be described was thrown';
  }
}
