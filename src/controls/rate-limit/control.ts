import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type MaybePromise } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';
import type { RateVerdict } from '../../stores/store.ts';

/**
 * Limits calls per server, principal and tool by GCRA. Keys are the verified principal and the catalogue's own name, so
 * that neither casing nor a second token resets them; `Retry-After` is exact.
 */
export function configure({ limits, store }: Settings): Decide {
  return function rateLimit({ principal, target }: Exchange): MaybePromise<Decision> {
    if (principal === undefined) return deny('TOKEN_MISSING');
    const verdicts = [
      store.rate('rate:server', limits.perMinuteServer, limits.burstServer),
      store.rate(`rate:${principal.id}`, limits.perMinutePrincipal, limits.burstPrincipal),
    ];
    if (target?.perMinute !== undefined) {
      const key = `rate:${principal.id}:${target.kind}:${target.name}`;
      verdicts.push(store.rate(key, target.perMinute, target.burst ?? target.perMinute));
    }
    const settled: RateVerdict[] = [];
    for (const verdict of verdicts) {
      if (verdict instanceof Promise) return gather(verdicts).then(judge);
      settled.push(verdict);
    }
    return judge(settled);
  };
}

async function gather(verdicts: readonly MaybePromise<RateVerdict>[]): Promise<readonly RateVerdict[]> {
  const settled: RateVerdict[] = [];
  for (const verdict of verdicts) settled.push(verdict instanceof Promise ? await verdict : verdict);
  return settled;
}

function judge(verdicts: readonly RateVerdict[]): Decision {
  let waitMs = 0;
  for (const verdict of verdicts) waitMs = Math.max(waitMs, verdict.waitMs);
  return waitMs === 0 ? PASS : deny('RATE_LIMITED', { retryAfter: Math.ceil(waitMs / 1000) });
}
