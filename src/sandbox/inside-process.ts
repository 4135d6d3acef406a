import { Socket } from 'node:net';
import { createFrameReader, writeFrame } from './frames.ts';
import { serveInside } from './inside.ts';
import type { ToInside } from './messages.ts';

/** The pipe to the host. */
const PIPE = 4;
/** The host is trusted, and bounds itself what it sends. */
const ANYTHING = { jsonBytes: 0xffff_ffff, dataBytes: 0xffff_ffff, values: Number.MAX_SAFE_INTEGER, depth: 1_000 };

/** Serves a server's module from a process of its own, over the pipe that the host left. */
export async function serve(load: () => Promise<unknown>): Promise<void> {
  const pipe = new Socket({ fd: PIPE, readable: true, writable: true });
  const reader = createFrameReader(ANYTHING);
  let listener: ((message: ToInside) => void) | undefined;
  pipe.on('data', (piece: Uint8Array) => {
    for (const message of reader.push(piece)) listener?.(message as ToInside);
  });
  // Without a host there is nothing left to do.
  pipe.on('close', () => process.exit(0));
  await serveInside(
    {
      send: (message) => void pipe.write(writeFrame(message)),
      hear: (next) => {
        listener = next;
      },
    },
    load,
  );
}
