/** Messages between the parts of one process, or of several. */
export interface Channels {
  publish(channel: string, message: string): void;
  subscribe(channel: string, listener: (message: string) => void): () => void;
  clear(): void;
}

const MAX_LISTENERS = 100_000;

/** Makes channels. A listener that throws is warned about and stops neither the others nor the publisher. */
export function createChannels(): Channels {
  const channels = new Map<string, Set<{ readonly listener: (message: string) => void }>>();
  let total = 0;
  return {
    publish(channel, message) {
      for (const { listener } of channels.get(channel) ?? []) {
        try {
          listener(message);
        } catch (error) {
          process.emitWarning(`a listener failed: ${error instanceof Error ? error.name : 'unknown'}`, 'StoreWarning');
        }
      }
    },
    subscribe(channel, listener) {
      if (total >= MAX_LISTENERS) throw new Error('the store has too many listeners');
      // One entry per subscription: the same function may listen twice.
      const entry = { listener };
      const entries = channels.get(channel) ?? new Set();
      channels.set(channel, entries.add(entry));
      total++;
      return () => {
        if (!entries.delete(entry)) return;
        total--;
        if (entries.size === 0 && channels.get(channel) === entries) channels.delete(channel);
      };
    },
    clear() {
      for (const entries of channels.values()) entries.clear();
      channels.clear();
      total = 0;
    },
  };
}
