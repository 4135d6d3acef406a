import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

/** Recent events of one session, so that a client whose connection broke can resume a stream. */
export interface RecentEvents extends EventStore {
  getStreamIdForEventId(eventId: string): Promise<string | undefined>;
}

interface Kept {
  readonly id: string;
  readonly stream: string;
  readonly message: JSONRPCMessage;
  readonly bytes: number;
}

/**
 * Keeps the last events of a session, at most `most` of them and `mostBytes` of their text; older ones are gone, and a
 * client that asks for them starts anew. Each session has its own store, so that no event can be resumed from another
 * (MCP 2025-11-25 basic/transports#resumability-and-redelivery).
 */
export function createRecentEvents(most: number, mostBytes: number): RecentEvents {
  const kept: Kept[] = [];
  let bytes = 0;
  let count = 0;
  return {
    storeEvent(stream: string, message: JSONRPCMessage): Promise<string> {
      count += 1;
      const event: Kept = { id: String(count), stream, message, bytes: JSON.stringify(message).length };
      kept.push(event);
      bytes += event.bytes;
      while (kept.length > most || bytes > mostBytes) bytes -= kept.shift()?.bytes ?? bytes;
      return Promise.resolve(event.id);
    },
    getStreamIdForEventId: (id) => Promise.resolve(kept.find((event) => event.id === id)?.stream),
    async replayEventsAfter(id, { send }): Promise<string> {
      const at = kept.findIndex((event) => event.id === id);
      const stream = kept[at]?.stream ?? '';
      const later = at === -1 ? [] : kept.slice(at + 1).filter((event) => event.stream === stream);
      // The event that only primes the client has no message.
      for (const event of later) if (Object.keys(event.message).length > 0) await send(event.id, event.message);
      return stream;
    },
  };
}
