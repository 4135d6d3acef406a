import { refuseUnknownOptions } from '../../options.ts';
import type { CapabilityContext } from '../capability.ts';
import { writeBody, type Sent } from './body.ts';
import { HttpError } from './error.ts';
import { readHeaders } from './headers.ts';
import type { HttpMethod } from './options.ts';
import { createPlaces } from './places.ts';
import { createResponse, type HttpResponse, type RawAnswer } from './response.ts';
import { send, type Outgoing, type Sender } from './send.ts';
import type { Where } from './target.ts';

/** One outbound request. */
export interface HttpRequest extends Where, Sent {
  /** `GET` when absent, `POST` when there is a body. */
  readonly method?: HttpMethod;
  /** Visible ASCII. Credentials, `host`, cookies and what a proxy would set are refused. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The same without what a shorthand says already. */
export type HttpRequestOptions = Omit<HttpRequest, 'method' | 'url' | 'host' | 'path'>;

/** Sends requests to the hosts that the tool declared, and to no other. */
export interface HttpClient {
  /**
   * Sends a request and reads its answer whole.
   * @throws HttpError with a `reason`; an answer with an error status is no error.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  get(url: string, options?: HttpRequestOptions): Promise<HttpResponse>;
  post(url: string, options?: HttpRequestOptions): Promise<HttpResponse>;
}

const FIELDS = [
  'method',
  'url',
  'host',
  'path',
  'query',
  'headers',
  'body',
  'json',
] as const satisfies readonly (keyof HttpRequest)[];

/** Sends one request and gives plain data. */
export type SendRaw = (request: unknown) => Promise<RawAnswer>;

/** Makes the client over whatever sends: here, or from inside of a sandbox. */
export function createFace(sendRaw: SendRaw): HttpClient {
  const request = async (one: HttpRequest) => createResponse(await sendRaw(one));
  return Object.freeze({
    request,
    get: (url: string, options: HttpRequestOptions = {}) => request({ ...options, method: 'GET', url }),
    post: (url: string, options: HttpRequestOptions = {}) => request({ ...options, method: 'POST', url }),
  });
}

/** Makes what sends for one call. */
export function createSend(sender: Sender, context: CapabilityContext): SendRaw {
  const { spec, log } = sender;
  const places = createPlaces(spec.concurrent, spec.requests);
  return async (request) => {
    try {
      const outgoing = readRequest(sender, request);
      const leave = await places.take();
      try {
        return await send(sender, context, outgoing);
      } finally {
        leave();
      }
    } catch (error) {
      if (error instanceof HttpError) log(`http: ${error.reason}: ${HttpError.detailOf(error)} (${context.request})`);
      throw error;
    }
  };
}

/**
 * Checks a request: it may come from inside of a sandbox.
 * @throws HttpError, or TypeError on a field that does not exist.
 */
function readRequest({ spec, credentials, guard }: Sender, request: unknown): Outgoing {
  if (typeof request !== 'object' || request === null) throw new HttpError('refused', 'a request is an object');
  refuseUnknownOptions('http request', request, FIELDS);
  const fields: HttpRequest = request;
  const body = writeBody(fields, spec.maxRequestBytes);
  const method: unknown = fields.method ?? (body === undefined ? 'GET' : 'POST');
  if (typeof method !== 'string' || !spec.methods.has(method))
    throw new HttpError('refused', `the tool did not declare the method ${String(method).slice(0, 20)}`);
  if (body !== undefined && (method === 'GET' || method === 'HEAD'))
    throw new HttpError('refused', `${method} has no body`);
  const headers = { ...readHeaders(fields.headers, credentials.taken) };
  if (fields.json !== undefined) headers['content-type'] ??= 'application/json';
  return { ...guard.target(fields, spec.hosts), method, headers, body };
}
