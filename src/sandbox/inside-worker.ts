import { parentPort, workerData } from 'node:worker_threads';
import { createFrameReader, writeFrame } from './frames.ts';
import { serveInside } from './inside.ts';
import type { ToInside } from './messages.ts';

const ANYTHING = { jsonBytes: 0xffff_ffff, dataBytes: 0xffff_ffff, values: Number.MAX_SAFE_INTEGER, depth: 1_000 };

const { module }: { readonly module: string } = workerData;
// The port is taken out of reach: a handler that posts to it ends its worker.
const port = parentPort;

await serveInside(
  {
    send: (message) => port?.postMessage(writeFrame(message)),
    hear: (listener) =>
      void port?.on('message', (piece: Uint8Array) => {
        for (const message of createFrameReader(ANYTHING).push(piece)) listener(message as ToInside);
      }),
  },
  () => import(module),
);
