import { canonicalJson } from '../protocol/canonical.ts';
import { digestLaunch } from './consent.ts';
import type { Connector } from './connector.ts';
import type { OpenKept } from './kept.ts';
import type { PinnedUpstream } from './lock.ts';
import { asksOf } from './options.ts';
import { Pool, type PoolOptions } from './pool.ts';
import type { ReadyUpstream } from './ready.ts';
import { Talks } from './talk.ts';

/** How the connections to one upstream are made, and to what. */
export interface Connecting {
  readonly id: string;
  /** Stands for all that its connections depend on: see {@link keyOfUpstream}. */
  readonly key: string;
  readonly pinned: PinnedUpstream;
  readonly shared: boolean;
  readonly connect: () => Promise<Connector>;
  /** Where answers are kept that may be given again. */
  readonly keeps: () => Promise<OpenKept>;
  readonly options: PoolOptions;
}

/** The connections to an upstream, lent to one item of it. */
export interface Lease {
  readonly pool: Pool;
  readonly credential: Connector['credential'];
  readonly talks: Talks;
  /** Gives them back. They are closed with the last lease. */
  end(): Promise<void>;
}

interface Opened {
  readonly pool: Pool;
  readonly credential: Connector['credential'];
  readonly kept: OpenKept;
}

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly opened: Promise<Opened>;
  leases: number;
}

/**
 * What the connections of an upstream depend on, as a text: how it is started or reached and with what, who shares them, the era,
 * and what it may ask. What is served of it, under which names and to whom, is no part of it.
 */
export function keyOfUpstream(id: string, { options, installed }: ReadyUpstream, era: string, shared: boolean): string {
  const asks = [...asksOf(options)].toSorted();
  return canonicalJson([id, digestLaunch(options, installed), shared, era, asks]);
}

/**
 * The upstreams of a gateway that are connected, whatever is served of them: one that is made of the same when the gateway is
 * reloaded keeps its processes and connections.
 */
export class Upstreams {
  /** By key. */
  readonly #entries = new Map<string, Entry>();
  /** By id: a call that came back with answers goes on with the process that asked, though another has its place by now. */
  readonly #talks = new Map<string, Talks>();
  /** What has been replaced, and has requests in progress. */
  readonly #ending = new Set<Entry>();

  /** Lends the connections of an upstream, which are made when nobody has them yet. */
  async lend(connecting: Connecting): Promise<Lease> {
    const { id, key } = connecting;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { id, key, opened: open(connecting), leases: 0 };
      this.#entries.set(key, entry);
    }
    const lent = entry;
    lent.leases += 1;
    let talks = this.#talks.get(id);
    if (talks === undefined) this.#talks.set(id, (talks = new Talks()));
    try {
      const { pool, credential } = await lent.opened;
      return { pool, credential, talks, end: () => this.#end(lent) };
    } catch (error) {
      await this.#end(lent);
      throw error;
    }
  }

  /** Goes by another pin of an upstream from now on, with the connections that there are. */
  async repin(key: string, pinned: PinnedUpstream): Promise<(() => void) | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const { pool } = await entry.opened;
    return () => pool.repin(pinned);
  }

  async #end(entry: Entry): Promise<void> {
    entry.leases -= 1;
    if (entry.leases > 0) return;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    this.#ending.add(entry);
    const isReplaced = [...this.#entries.values()].some(({ id }) => id === entry.id);
    // Nobody comes back to what is not served any more.
    if (!isReplaced) this.#talks.get(entry.id)?.close();
    const all = isReplaced ? [entry] : [...this.#ending].filter(({ id }) => id === entry.id);
    if (!isReplaced) this.#talks.delete(entry.id);
    await Promise.all(all.map((each) => this.#close(each, isReplaced)));
  }

  async #close(entry: Entry, waits: boolean): Promise<void> {
    const opened = await entry.opened.catch(() => undefined);
    if (opened !== undefined) {
      const { pool, credential, kept } = opened;
      if (waits) await pool.idle();
      await pool.close();
      kept.stop();
      if (this.#ending.delete(entry)) await credential?.close();
    }
    this.#ending.delete(entry);
  }
}

async function open({ pinned, shared, connect, keeps, options }: Connecting): Promise<Opened> {
  const connector = await connect();
  const kept = await keeps();
  const pool = new Pool(connector, pinned, shared, { ...options, kept: kept.kept });
  return { pool, credential: connector.credential, kept };
}
