import type { TlsRules } from '../../capabilities/http/connect.ts';
import type { Network } from '../../capabilities/http/connect.ts';
import type { ExtensionRules } from '../../controls/closed-extensions/control.ts';
import type { MessageChecks } from '../../controls/upstream-messages/control.ts';
import { begin } from '../begin.ts';
import type { Connector, Heard, Running } from '../connector.ts';
import type { Credential } from '../credentials/credential.ts';
import { createDrops } from '../drops.ts';
import type { LinkCall } from '../link.ts';
import type { EraChoice, UpstreamOptions } from '../options.ts';
import { readOffer, type Asks } from '../session.ts';
import { HttpLink } from './link.ts';
import { readPlace, type Place } from './place.ts';
import { openWire } from './wire.ts';

/** An upstream behind a URL, as it is pinned. */
export interface Remote {
  /** The URL. */
  readonly source: string;
  /** That there is none: whoever holds the name decides what answers; with the keys that are pinned, which narrow that. */
  readonly integrity: string;
  readonly place: Place;
}

/** Everything that it takes to reach an upstream by its URL. */
export interface Reach {
  readonly id: string;
  readonly place: Place;
  readonly era: EraChoice;
  readonly tls: TlsRules;
  readonly credential: Credential | undefined;
  /** What it may ask the client of a call for; nothing when absent. */
  readonly asks?: Asks;
  /** How what it says is read; every message is checked when absent. */
  readonly checks?: MessageChecks;
  /** What it may use of the protocol; no extension when absent. */
  readonly extensions?: ExtensionRules;
  readonly log: (line: string) => void;
}

/** A connection of a principal costs sockets, and no process. */
const MOST_CONNECTIONS = 1_024;
const BEGIN_MS = 30_000;
const PROBE_MS = 10_000;

/**
 * Reads what is pinned of an upstream behind a URL.
 * @throws TypeError that says what is wrong with the URL and how to mend it.
 */
export function readRemote(id: string, options: UpstreamOptions, network?: Network): Remote {
  const place = readPlace(id, options, network);
  const pins = options.tls?.pins ?? [];
  const integrity = pins.length === 0 ? 'none' : `none, keys ${pins.toSorted().join(' ')}`;
  return { source: place.url, integrity, place };
}

/** Reaches an upstream by its URL, on connections of its own for each principal. */
export function reaching(reach: Reach): Connector {
  return {
    id: reach.id,
    log: reach.log,
    most: MOST_CONNECTIONS,
    connect: (principal, heard) => reachUpstream(reach, principal, heard),
  };
}

async function reachUpstream(reach: Reach, principal: string, heard: Heard): Promise<Running> {
  const { id, place, era, tls, credential } = reach;
  const log = (line: string): void => reach.log(`upstream ${id}: ${line}`);
  const changed = (): void => heard.changed?.();
  const drops = createDrops(log);
  const link = new HttpLink(
    openWire(place, tls),
    { principal, credential },
    {
      changed,
      updated: (uri) => heard.updated?.(uri),
      stray: (what) => drops.dropped(what),
      closed: (why) => {
        drops.end();
        log(why);
        heard.closed?.();
      },
    },
    reach.checks,
  );
  const stop = async (): Promise<void> => {
    link.close('it was stopped');
    await link.ended;
  };
  try {
    const call: LinkCall = { timeoutMs: BEGIN_MS };
    const { asks, extensions } = reach;
    const { updated } = heard;
    const probe = {
      timeoutMs: PROBE_MS,
      silenceIsLegacy: false,
      mirrors: true,
      asks,
      extensions,
      log,
      changed,
      updated,
    };
    const { session, era: found } = await begin(link, call, era, probe);
    return { session, era: found, offer: await readOffer(session, call, heard.kinds), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
