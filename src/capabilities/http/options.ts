import { refuseUnknownOptions } from '../../options.ts';
import { toMilliseconds, type Duration } from '../../text/duration.ts';
import { readShown } from './headers.ts';
import { readHost, type HostName } from './host.ts';

/** Methods that can be sent. */
export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Bounds of what one tool sends and reads. */
export interface OutboundOptions {
  /** All six when absent. */
  readonly methods?: readonly HttpMethod[];
  /** Most bytes of one answer, also inflated; 5 Mi when absent. */
  readonly maxBytes?: number;
  /** Most bytes of one request body; 1 Mi when absent. */
  readonly maxRequestBytes?: number;
  /** For a request with its redirects, from beginning to end; `10s` when absent. */
  readonly timeout?: Duration;
  /** For one connection to be made; `3s` when absent. */
  readonly connectTimeout?: Duration;
  /** Redirects that are followed, at most 3; 3 when absent, and 0 gives the redirect itself to the handler. */
  readonly redirects?: number;
  /** Requests of one call at the same time, others wait; 4 when absent. */
  readonly concurrent?: number;
  /** Requests of one call; 50 when absent. */
  readonly requests?: number;
  /** Further headers of answers that the handler wants to see, such as `x-total-count`. */
  readonly responseHeaders?: readonly string[];
}

/** What one use of `http` declares: checked and complete. */
export interface HttpSpec {
  readonly hosts: readonly HostName[];
  readonly methods: ReadonlySet<string>;
  readonly maxBytes: number;
  readonly maxRequestBytes: number;
  readonly timeoutMs: number;
  readonly connectMs: number;
  readonly redirects: number;
  readonly concurrent: number;
  readonly requests: number;
  readonly responseHeaders: ReadonlySet<string>;
}

const OPTIONS = [
  'methods',
  'maxBytes',
  'maxRequestBytes',
  'timeout',
  'connectTimeout',
  'redirects',
  'concurrent',
  'requests',
  'responseHeaders',
] as const satisfies readonly (keyof OutboundOptions)[];

const METHODS: readonly HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
const MOST_HOSTS = 64;
const MEBI = 1_048_576;
/** As `setTimeout` can count. */
const LONGEST_MS = 600_000;

/**
 * Checks what `http(hosts, options)` was given.
 * @throws TypeError that says what to mend.
 */
export function readSpec(hosts: unknown, options: OutboundOptions): HttpSpec {
  if (!Array.isArray(hosts) || hosts.length === 0 || hosts.length > MOST_HOSTS)
    throw new TypeError(`http(hosts): name 1 to ${MOST_HOSTS} exact hosts, such as ["api.example.com"].`);
  refuseUnknownOptions('http(hosts, options)', options, OPTIONS);
  const methods = options.methods ?? METHODS;
  const wrong = methods.find((method) => !METHODS.includes(method));
  if (wrong !== undefined || methods.length === 0)
    throw new TypeError(`http(), methods: ${JSON.stringify(wrong)} is none. Use ${METHODS.join(', ')}.`);
  return Object.freeze({
    hosts: Object.freeze(hosts.map((host: unknown) => readHost('http(hosts)', host))),
    methods: new Set<string>(methods),
    maxBytes: whole('maxBytes', options.maxBytes ?? 5 * MEBI, 1, 256 * MEBI),
    maxRequestBytes: whole('maxRequestBytes', options.maxRequestBytes ?? MEBI, 0, 256 * MEBI),
    timeoutMs: span('timeout', options.timeout ?? '10s'),
    connectMs: span('connectTimeout', options.connectTimeout ?? '3s'),
    redirects: whole('redirects', options.redirects ?? 3, 0, 3),
    concurrent: whole('concurrent', options.concurrent ?? 4, 1, 64),
    requests: whole('requests', options.requests ?? 50, 1, 10_000),
    responseHeaders: readShown('http(), responseHeaders', options.responseHeaders ?? []),
  });
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new TypeError(`http(), ${name}: give a whole number from ${least} to ${most}.`);
}

function span(name: string, value: Duration): number {
  const ms = toMilliseconds(value, `http(), ${name}`);
  if (ms <= LONGEST_MS) return ms;
  throw new TypeError(`http(), ${name}: at most ${LONGEST_MS} ms.`);
}
