import { Agent, request } from 'undici';
import { isSecureUrl } from './resource.ts';

/** Fetches JSON documents of an issuer. */
export interface JsonFetcher {
  /**
   * @throws UnexpectedAnswer for anything but a 200 with a JSON media type and a JSON body of at most 256 KiB.
   * @throws Error when there is no answer within 5 s.
   */
  fetch(url: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The host answered, but not with the document. The message is for the log. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;
const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json$/;

/**
 * A fetcher that follows no redirect, reads at most 256 KiB, waits at most 5 s and speaks https only (http to loopback).
 * Proxy variables of the environment are ignored.
 */
export function createJsonFetcher(): JsonFetcher {
  const agent = new Agent({ connect: { timeout: TIMEOUT_MS }, connections: 4, maxResponseSize: MAX_BYTES });
  return {
    async fetch(url) {
      const parsed = new URL(url);
      if (!isSecureUrl(parsed)) throw new UnexpectedAnswer(`${url} is not https`);
      const { statusCode, headers, body } = await request(parsed, {
        dispatcher: agent,
        headers: { accept: 'application/json, application/jwk-set+json' },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const type = mediaType(headers['content-type']);
      if (statusCode !== 200 || !JSON_TYPE.test(type)) {
        await body.dump();
        throw new UnexpectedAnswer(`${url} answered ${statusCode} ${type.slice(0, 100)}`);
      }
      return parse(url, await body.bytes());
    },
    async close() {
      await agent.destroy();
    },
  };
}

function mediaType(header: string | string[] | undefined): string {
  return typeof header === 'string' ? (header.split(';')[0] ?? '').trim().toLowerCase() : '';
}

function parse(url: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnexpectedAnswer(`${url} answered what is not JSON`, { cause });
  }
}
