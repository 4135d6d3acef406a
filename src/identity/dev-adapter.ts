/** A record of the provider: plain data, with the few members that its indexes need. */
export interface ProviderRecord {
  readonly grantId?: string;
  readonly uid?: string;
  consumed?: number;
  readonly [member: string]: unknown;
}

/** What `oidc-provider` asks of a store, for one kind of record. */
export interface ProviderAdapter {
  upsert(id: string, record: ProviderRecord, expiresInSeconds?: number): Promise<void>;
  find(id: string): Promise<ProviderRecord | undefined>;
  findByUid(uid: string): Promise<ProviderRecord | undefined>;
  findByUserCode(code: string): Promise<ProviderRecord | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

const MAX_RECORDS = 1000;

interface Stored {
  readonly record: ProviderRecord;
  readonly until: number;
}

/**
 * Keeps the records of one development server in memory, at most 1000 of each kind, oldest first out, so that open
 * registration cannot fill the memory. `resolveClient` finds clients that are not stored.
 */
export function createDevAdapter(
  resolveClient: (id: string) => Promise<ProviderRecord | undefined>,
): (kind: string) => ProviderAdapter {
  return (kind) => {
    const stored = new Map<string, Stored>();

    function live(id: string): ProviderRecord | undefined {
      const entry = stored.get(id);
      if (entry !== undefined && entry.until > Date.now()) return entry.record;
      stored.delete(id);
      return undefined;
    }

    return {
      async upsert(id, record, expiresInSeconds) {
        stored.delete(id);
        const oldest = stored.size >= MAX_RECORDS ? stored.keys().next().value : undefined;
        if (oldest !== undefined) stored.delete(oldest);
        const until = expiresInSeconds === undefined ? Infinity : Date.now() + expiresInSeconds * 1000;
        stored.set(id, { record, until });
      },
      async find(id) {
        return live(id) ?? (kind === 'Client' ? resolveClient(id) : undefined);
      },
      async findByUid(uid) {
        const found = [...stored].find(([, { record }]) => record.uid === uid);
        return found === undefined ? undefined : live(found[0]);
      },
      // The device flow is off, so there are no user codes.
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const record = live(id);
        if (record !== undefined) record.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        stored.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const [id, { record }] of stored) if (record.grantId === grantId) stored.delete(id);
      },
    };
  };
}
