import { parentPort } from 'node:worker_threads';
import { createFrameReader, writeFrame } from './frames.ts';
import { serveInside } from './inside.ts';
import type { ToInside } from './messages.ts';

/** The host is trusted, and bounds itself what it sends. */
const ANYTHING = { jsonBytes: 0xffff_ffff, dataBytes: 0xffff_ffff, values: Number.MAX_SAFE_INTEGER, depth: 1_000 };

/** Serves a server's module from a thread of its own. */
export async function serve(load: () => Promise<unknown>): Promise<void> {
  const port = parentPort;
  await serveInside(
    {
      send: (message) => port?.postMessage(writeFrame(message)),
      hear: (listener) =>
        void port?.on('message', (frame: Uint8Array) => {
          for (const message of createFrameReader(ANYTHING).push(frame)) listener(message as ToInside);
        }),
    },
    load,
  );
}
