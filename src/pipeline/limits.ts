/** Bounds on messages, work and answers. Times are milliseconds, sizes bytes unless named otherwise. */
export interface Limits {
  /** One request body or stdio line. */
  readonly bodyBytes: number;
  /** Nested containers in a message. */
  readonly depth: number;
  /** UTF-16 units in one string of a message. */
  readonly stringUnits: number;
  readonly items: number;
  readonly keys: number;
  /** All request headers together, and how many. */
  readonly headerBytes: number;
  readonly headerCount: number;
  readonly headersMs: number;
  readonly requestMs: number;
  readonly keepAliveMs: number;
  /** One answer, serialised. */
  readonly resultBytes: number;
  /** Default and greatest deadline of a handler; progress extends neither. */
  readonly handlerMs: number;
  readonly handlerMaxMs: number;
  /** A response stream or subscription. */
  readonly streamMs: number;
  readonly streamIdleMs: number;
  readonly concurrentTotal: number;
  readonly concurrentPerPrincipal: number;
  readonly streamsPerPrincipal: number;
  readonly watchedUris: number;
  readonly sessionsPerPrincipal: number;
  readonly sessionIdleMs: number;
  readonly sessionMs: number;
  readonly pageSize: number;
  /** Calls a minute, sustained, and at once. */
  readonly perMinuteServer: number;
  readonly burstServer: number;
  readonly perMinutePrincipal: number;
  readonly burstPrincipal: number;
  /** Notifications (progress, log) of one call. */
  readonly notificationsPerCall: number;
  /** What one principal may use of the machine in a window; and its calls of one tool that use something, at a time. */
  readonly quotaWindowMs: number;
  readonly cpuMsPerPrincipal: number;
  readonly diskBytesPerPrincipal: number;
  readonly processesPerPrincipal: number;
  readonly logBytesPerPrincipal: number;
  readonly concurrentPerTool: number;
  /** Failures of one caller within a window that pause a tool for it, and how long it is paused at first. */
  readonly breakerFailures: number;
  readonly breakerWindowMs: number;
  readonly breakerOpenMs: number;
  /** Rounds of one multi round-trip request, and how long its state is good. */
  readonly rounds: number;
  readonly requestStateMs: number;
  /** How long a request for approval can be answered, and an approval used. */
  readonly approvalMs: number;
  /** How long one request waits for a decision on the approval page before it asks its client to come again. */
  readonly approvalWaitMs: number;
  /** Requests for approval an hour of one principal, tool and task; of one principal, six times as many. */
  readonly approvalPrompts: number;
  /** Declined requests of one principal, client and tool within the cool-down after which it is not asked any more. */
  readonly approvalDeclines: number;
  readonly approvalCooldownMs: number;
}

/** The defaults: closed enough for the open internet, wide enough for an agent at work. */
export const DEFAULT_LIMITS: Limits = Object.freeze({
  bodyBytes: 1024 * 1024,
  depth: 32,
  stringUnits: 512 * 1024,
  items: 10_000,
  keys: 10_000,
  headerBytes: 16 * 1024,
  headerCount: 64,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 65_000,
  resultBytes: 1024 * 1024,
  handlerMs: 30_000,
  handlerMaxMs: 300_000,
  streamMs: 3_600_000,
  streamIdleMs: 15_000,
  concurrentTotal: 1024,
  concurrentPerPrincipal: 32,
  streamsPerPrincipal: 8,
  watchedUris: 64,
  sessionsPerPrincipal: 16,
  sessionIdleMs: 1_800_000,
  sessionMs: 28_800_000,
  pageSize: 100,
  perMinuteServer: 600_000,
  burstServer: 10_000,
  perMinutePrincipal: 1_200,
  burstPrincipal: 240,
  notificationsPerCall: 1_000,
  quotaWindowMs: 600_000,
  cpuMsPerPrincipal: 300_000,
  diskBytesPerPrincipal: 1024 ** 3,
  processesPerPrincipal: 2_000,
  logBytesPerPrincipal: 16 * 1024 * 1024,
  concurrentPerTool: 8,
  breakerFailures: 5,
  breakerWindowMs: 60_000,
  breakerOpenMs: 30_000,
  rounds: 8,
  requestStateMs: 300_000,
  approvalMs: 300_000,
  approvalWaitMs: 25_000,
  approvalPrompts: 10,
  approvalDeclines: 3,
  approvalCooldownMs: 600_000,
});
