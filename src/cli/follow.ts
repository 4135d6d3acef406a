import type { ConfigFile } from '../config/read.ts';
import { createReloader } from '../config/watch.ts';
import type { Host } from '../server/host.ts';
import type { Live, LiveHost } from './gateway-live.ts';

/** A running host with its configuration. */
export interface Followed extends LiveHost {
  readonly host: Pick<Host, 'reconfigure' | 'replace' | 'withdraw'>;
  readonly redact: (text: string) => string;
  /** Makes the host anew of what a gateway is made of; absent for any other server. */
  readonly live: Live | undefined;
}

/** Has a host take the changes of its configuration. The function that is given back ends that. */
export function follow(source: ConfigFile, { host, recorder, redact, say, live }: Followed): () => void {
  const upstreams = live?.({ host, recorder, say });
  const reloader = createReloader(source, {
    recorder,
    redact,
    reconfigure: (next) => host.reconfigure(next),
    say,
    ...(upstreams === undefined ? {} : { upstreams }),
  });
  return () => reloader.close();
}
