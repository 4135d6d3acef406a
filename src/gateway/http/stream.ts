import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { LinkError } from '../link.ts';
import type { EventBody } from './reading.ts';
import type { Answering } from './wire.ts';

/** A stream that an upstream speaks on unasked. */
export interface Heard {
  send(lastId: string | undefined, answering: Answering): Promise<() => void>;
  /** Reads how it begins; undefined when there is no stream. @throws LinkError. */
  began(status: number, headers: IncomingHttpHeaders): EventBody | undefined;
  /** Something may have been said while nobody listened. */
  missed(): void;
  /** It is listened to no more, and why. */
  broken(why: string): void;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;
const STEADY_MS = 30_000;

/** Listens to an upstream (MCP 2025-11-25 basic/transports#listening-for-messages-from-the-server), and again when it breaks off. */
export async function keepHearing(heard: Heard, signal: AbortSignal): Promise<void> {
  let lastId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  for (let round = 0; !signal.aborted; round++) {
    const began = performance.now();
    const { status, body, error } = await hearOnce(heard, lastId, round > 0, signal);
    // It offers none, or what it sends is no stream.
    if (error?.reason === 'malformed') return heard.broken(error.detail);
    if (status !== undefined && status !== 200 && status !== 409 && status !== 429 && status < 500) return;
    if (performance.now() - began > STEADY_MS) waitMs = FIRST_WAIT_MS;
    lastId = body?.reader.lastId ?? lastId;
    const told = body?.reader.retryMs;
    await delay(Math.min(Math.max(waitMs, told ?? 0), LONGEST_WAIT_MS), undefined, { signal, ref: false }).catch(
      () => undefined,
    );
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

/** How listening once came to its end. */
interface Round {
  readonly status: number | undefined;
  readonly body: EventBody | undefined;
  readonly error: LinkError | undefined;
}

function hearOnce(heard: Heard, lastId: string | undefined, isAgain: boolean, signal: AbortSignal): Promise<Round> {
  return new Promise((resolve) => {
    let status: number | undefined;
    let body: EventBody | undefined;
    let giveUp = (): void => undefined;
    const end = (error?: LinkError): void => {
      signal.removeEventListener('abort', aborted);
      resolve({ status, body, error });
    };
    const aborted = (): void => {
      giveUp();
      end();
    };
    signal.addEventListener('abort', aborted, { once: true });
    const answering: Answering = {
      start(code, headers) {
        status = code;
        body = heard.began(code, headers);
        if (body === undefined) aborted();
        else if (isAgain) heard.missed();
      },
      data: (chunk) => body?.data(chunk),
      end: () => end(),
      failed: end,
    };
    const send = async (): Promise<void> => {
      try {
        giveUp = await heard.send(lastId, answering);
        if (signal.aborted) giveUp();
      } catch (error) {
        end(error instanceof LinkError ? error : new LinkError('closed', 'there is no credential for it'));
      }
    };
    void send();
  });
}
