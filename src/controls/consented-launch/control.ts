/** Whether somebody has agreed to how an upstream is started, or reached. */
export interface LaunchConsent {
  /**
   * Why it is held; `undefined` when it is not.
   * @param launch Digest of how it would be started now.
   * @param consented Digest of what somebody has agreed to; empty when nobody has agreed to anything.
   */
  problem(launch: string, consented: string): string | undefined;
}

/**
 * Lets an upstream be started exactly as a person has seen it and agreed (GOV-05): command, arguments, variables, secrets by name, needs and
 * integrity, or the URL with what is sent there. Anything else is held before it is started.
 */
export function configure(weakened: ReadonlySet<string>): LaunchConsent {
  return weakened.has('consented-launch') ? UNASKED : ASKED;
}

const ASKED: LaunchConsent = Object.freeze({
  problem(launch: string, consented: string): string | undefined {
    if (launch !== '' && launch === consented) return undefined;
    return 'it would not be started or reached as somebody has consented to. Run: portcullis gateway pin';
  },
});

const UNASKED: LaunchConsent = Object.freeze({ problem: () => undefined });
