import ipaddr from 'ipaddr.js';
import { createJsonFetcher } from './fetch-json.ts';
import { isRecord } from './json-shape.ts';
import { isLoopbackHost } from './resource.ts';

/** Fetches client ID metadata documents for the development authorization server. */
export interface ClientDocuments {
  /** Fetches a document; rejects unless it comes from loopback or, over https, from a public address. */
  fetch(url: string): Promise<unknown>;
  /**
   * The metadata of a client whose id is an http URL on loopback, which only a development server accepts; undefined for
   * every other id. Rejects when the document cannot be fetched or is not that client's.
   */
  loopback(clientId: string): Promise<Readonly<Record<string, unknown>> | undefined>;
  close(): Promise<void>;
}

const MAX_BYTES = 5 * 1024;

/** A fetcher of client documents that reaches no private network (draft-ietf-oauth-client-id-metadata-document section 6). */
export function createClientDocuments(): ClientDocuments {
  const fetcher = createJsonFetcher({ maxBytes: MAX_BYTES, allowAddress: isLoopbackOrPublic });
  return {
    fetch: (url) => fetcher.fetch(url),
    async loopback(clientId) {
      if (!isLoopbackDocumentUrl(clientId)) return undefined;
      const document = await fetcher.fetch(clientId);
      if (!isRecord(document) || document['client_id'] !== clientId) {
        throw new Error('the document does not name its own URL as client_id');
      }
      if ('client_secret' in document) throw new Error('the document holds a client_secret');
      return document;
    },
    close: () => fetcher.close(),
  };
}

function isLoopbackDocumentUrl(clientId: string): boolean {
  const url = URL.parse(clientId);
  return (
    url !== null &&
    url.protocol === 'http:' &&
    isLoopbackHost(url.hostname) &&
    url.href === clientId &&
    url.pathname !== '/' &&
    url.hash === '' &&
    url.username === '' &&
    url.password === ''
  );
}

// Azure's wire server answers on a public address with the secrets of the machine.
const AZURE_WIRE_SERVER = '168.63.129.16';

/** Whether an address is on this machine or on the public internet: neither private, link-local nor reserved. */
export function isLoopbackOrPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  return (range === 'unicast' && parsed.toString() !== AZURE_WIRE_SERVER) || range === 'loopback';
}
