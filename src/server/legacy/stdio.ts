import type { Writable } from 'node:stream';
import type { Engine } from '../engine.ts';
import type { LegacyStdio } from '../stdio.ts';
import type { Subscriptions } from '../subscriptions.ts';

/** The legacy era on a byte stream. */
export interface LegacyStream {
  readonly receive: LegacyStdio;
  close(): Promise<void>;
}

/** Serves the legacy era over a byte stream. */
export function createLegacyStdio(_engine: Engine, _subscriptions: Subscriptions, _output: Writable): LegacyStream {
  return { receive: () => false, close: () => Promise.resolve() };
}
