import type { ConfigFile } from '../config/read.ts';
import { createReloader, type Reloader } from '../config/watch.ts';
import type { Host } from '../server/host.ts';
import type { Live, LiveHost } from './gateway-live.ts';

/** A running host with its configuration. */
export interface Followed extends LiveHost {
  readonly host: Pick<Host, 'reconfigure' | 'replace' | 'withdraw'>;
  readonly redact: (text: string) => string;
  /** Makes the host anew of what a gateway is made of; absent for any other server. */
  readonly live: Live | undefined;
}

/** Has a host take the changes of its configuration, until that is closed. */
export function follow(source: ConfigFile, { host, recorder, redact, say, live }: Followed): Reloader {
  const upstreams = live?.({ host, recorder, say });
  return createReloader(source, {
    recorder,
    redact,
    reconfigure: (next) => host.reconfigure(next),
    say,
    ...(upstreams === undefined ? {} : { upstreams }),
  });
}
