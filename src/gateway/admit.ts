import { configure as configureConsent } from '../controls/consented-launch/control.ts';
import { configure as configureRegister } from '../controls/registered-upstreams/control.ts';
import type { Profile } from '../pipeline/settings.ts';
import { consentedLaunch, digestLaunch } from './consent.ts';
import type { Lock } from './lock.ts';
import { unfitForProduction } from './production.ts';
import type { ReadyUpstream } from './ready.ts';

const ON: ReadonlySet<string> = new Set();

/**
 * Why an upstream is held before anything of it is started or reached; `undefined` when it is not. Of what is not pinned the gateway
 * itself tells.
 * @param weakened Ids of the controls that are switched off.
 */
export function whyHeld(
  lock: Lock,
  id: string,
  { options, installed }: ReadyUpstream,
  profile: Profile,
  weakened: ReadonlySet<string> = ON,
): string | undefined {
  const pinned = lock.upstreams[id];
  const unanswered = profile === 'production' ? unfitForProduction(options) : undefined;
  const problem = configureRegister(weakened).problem({ unanswered, revoked: pinned?.revoked });
  if (problem !== undefined || pinned === undefined) return problem;
  return configureConsent(weakened).problem(digestLaunch(options, installed), consentedLaunch(lock, id));
}
