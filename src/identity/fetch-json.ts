import { lookup } from 'node:dns';
import type { Agent, IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { http, https } from '../builtin.ts';
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
  const connection = { keepAlive: true, maxSockets: 4, lookup: guardedLookup(allowAddress) };
  const agents = new Map<string, Agent>();
  const agentFor = (protocol: string): Agent => {
    const agent = agents.get(protocol) ?? new (protocol === 'https:' ? https() : http).Agent(connection);
    agents.set(protocol, agent);
    return agent;
  };
  return {
    async fetch(url) {
      const parsed = new URL(url);
      if (!isSecureUrl(parsed)) throw new UnexpectedAnswer(`${url} is not https`);
      // An address literal is connected to without a lookup, so it is judged here.
      const literal = parsed.hostname.replace(/^\[|\]$/g, '');
      if (isIP(literal) !== 0 && !allowAddress(literal))
        throw new UnexpectedAnswer(`${url} is not a permitted address`);
      const response = await get(parsed, agentFor(parsed.protocol));
      const type = mediaType(response.headers['content-type']);
      if (response.statusCode !== 200 || !JSON_TYPE.test(type)) {
        response.destroy();
        throw new UnexpectedAnswer(`${url} answered ${response.statusCode} ${type.slice(0, 100)}`);
      }
      return parse(url, await readBytes(url, response, maxBytes));
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      return Promise.resolve();
    },
  };
}

/** Sends one GET; the time limit covers the whole exchange, the body included. */
function get(url: URL, agent: Agent): Promise<IncomingMessage> {
  const headers = { accept: 'application/json, application/jwk-set+json' };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const { request } = url.protocol === 'https:' ? https() : http;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, headers, signal }, resolve);
    sent.on('error', reject);
    sent.end();
  });
}

async function readBytes(url: string, response: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the response and with it the connection.
    if (size > most) throw new UnexpectedAnswer(`${url} answered more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
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
