import type { FrameLimits } from './frames.ts';

/** The host's end of one warm handler: a process or a worker. */
export interface Channel {
  /** Sends a message. What cannot be sent throws CodecError. */
  send(message: unknown): void;
  /** Sets the one who hears what the inside says, and why it ended. Nothing is heard before. */
  hear(listener: { message(value: unknown): void; ended(why: string): void }): void;
  /** What it has used since it began. */
  usage(): ChannelUsage;
  /** Ends it at once, with everything in it. */
  kill(): void;
  readonly ended: Promise<void>;
}

/** What a channel has used since it began. */
export interface ChannelUsage {
  readonly cpuMs: number;
  /** Memory now, and at most so far. */
  readonly rssBytes: number;
  readonly peakRssBytes: number;
  /** What stands in its temporary folder now. */
  readonly diskBytes: number;
}

/** Bounds on what the host takes from the inside in one message. */
export const FRAME_LIMITS: FrameLimits = Object.freeze({
  jsonBytes: 4 * 1024 * 1024,
  dataBytes: 32 * 1024 * 1024,
  values: 200_000,
  depth: 66,
});
