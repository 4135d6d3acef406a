import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import { isSecureUrl } from './resource.ts';

/** Fetches JSON documents of an issuer. */
export interface JsonFetcher {
  /**
   * @throws UnexpectedAnswer for anything but a 200 with a JSON media type and a JSON body.
   * @throws Error when there is no answer within 5 s.
   */
  fetch(url: string): Promise<unknown>;
  close(): Promise<void>;
}

/** The host answered, but not with the document. The message is for the log. */
export class UnexpectedAnswer extends Error {
  override readonly name = 'UnexpectedAnswer';
}

/** Limits of a fetcher. */
export interface JsonFetcherOptions {
  /** Largest body read; 256 KiB by default. */
  readonly maxBytes?: number;
  /** Which addresses a host may have; any by default, for hosts that the operator named. */
  readonly allowAddress?: (address: string) => boolean;
}

const MAX_BYTES = 256 * 1024;
const TIMEOUT_MS = 5_000;
const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json$/;

/**
 * A fetcher that follows no redirect, reads a bounded body, waits at most 5 s and speaks https only (http to loopback).
 * Proxy variables of the environment are ignored.
 */
export function createJsonFetcher(options: JsonFetcherOptions = {}): JsonFetcher {
  const { maxBytes = MAX_BYTES, allowAddress = () => true } = options;
  const agent = new Agent({
    connect: { timeout: TIMEOUT_MS, lookup: guardedLookup(allowAddress) },
    connections: 4,
    maxResponseSize: maxBytes,
  });
  return {
    async fetch(url) {
      const parsed = new URL(url);
      if (!isSecureUrl(parsed)) throw new UnexpectedAnswer(`${url} is not https`);
      // An address literal is connected to without a lookup, so it is judged here.
      const literal = parsed.hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal) !== 0 && !allowAddress(literal))
        throw new UnexpectedAnswer(`${url} is not a permitted address`);
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

/**
 * Resolves a host once and hands on its addresses only when every one of them is permitted, so that the connection goes
 * to an address that was judged (DNS rebinding).
 */
function guardedLookup(allowAddress: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error !== null || first === undefined) {
        callback(error ?? new Error(`${hostname} has no address`), []);
      } else if (!addresses.every(({ address }) => allowAddress(address))) {
        callback(new Error(`${hostname} has an address that is not permitted`), []);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    });
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
