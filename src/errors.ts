/**
 * The closed list of refusals. One row per code: what the wire says (HTTP status, JSON-RPC code) and the one safe
 * sentence that leaves the process. The detail of a refusal goes to the audit log, never to the caller.
 *
 * JSON-RPC codes follow MCP 2026-07-28 basic/index#error-codes; codes of our own lie outside the reserved
 * range -32768..-32000, as that page asks.
 */

/** What the wire says of one refusal. */
export interface ErrorRow {
  /** HTTP status of the refusal. */
  readonly status: number;
  /** JSON-RPC error code of the refusal. */
  readonly rpc: number;
  /** The one sentence that a caller may read. */
  readonly sentence: string;
}

const row = (status: number, rpc: number, sentence: string): ErrorRow => Object.freeze({ status, rpc, sentence });

/** Every refusal that Portcullis can give, by code. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = Object.freeze({
  // transport
  ORIGIN_REFUSED: row(403, 40301, 'Requests from this origin are refused.'),
  HOST_REFUSED: row(421, 42101, 'This server does not answer for that host name.'),
  NOT_FOUND: row(404, 40401, 'There is nothing at this path.'),
  METHOD_NOT_ALLOWED: row(405, 40501, 'This path does not support that HTTP method.'),
  MEDIA_TYPE_REFUSED: row(415, 41501, 'The request body must be application/json.'),
  NOT_ACCEPTABLE: row(406, 40601, 'The Accept header must allow application/json and text/event-stream.'),
  BODY_TOO_LARGE: row(413, 41301, 'The request is larger than this server accepts.'),
  REQUEST_TIMEOUT: row(408, 40801, 'The request did not arrive in time.'),
  OVERLOADED: row(503, 50301, 'The server is at its limit of concurrent work. Try again shortly.'),
  SHUTTING_DOWN: row(503, 50302, 'The server is shutting down.'),
  // identity
  TOKEN_MISSING: row(401, 40101, 'Authorization is required.'),
  TOKEN_INVALID: row(401, 40102, 'The access token is not valid for this server.'),
  TOKEN_EXPIRED: row(401, 40103, 'The access token has expired.'),
  TOKEN_IN_URL: row(400, 40001, 'Access tokens are accepted in the Authorization header only.'),
  ISSUER_UNAVAILABLE: row(503, 50303, 'The authorization server cannot be reached to verify the token.'),
  SCOPE_INSUFFICIENT: row(403, 40302, 'The access token lacks a scope that this operation needs.'),
  IDENTITY_REFUSED: row(
    403,
    40311,
    'This client is not registered for that. Its owner has to register it with this server.',
  ),
  FORBIDDEN: row(403, 40303, 'This operation is not allowed.'),
  DISABLED: row(403, 40304, 'The operator has disabled this tool, client or account.'),
  // message
  PARSE_FAILED: row(400, -32700, 'The request is not valid JSON.'),
  MESSAGE_INVALID: row(400, -32600, 'The request is not a valid MCP message.'),
  BATCH_REFUSED: row(400, -32600, 'Batches are not supported; send one message per request.'),
  PARAMS_INVALID: row(400, -32602, 'The request parameters are not valid.'),
  METHOD_UNKNOWN: row(404, -32601, 'This server does not implement that method.'),
  HEADER_MISMATCH: row(400, -32020, 'The HTTP headers do not match the request body.'),
  CAPABILITY_MISSING: row(400, -32021, 'The operation needs a capability that the client did not declare.'),
  VERSION_UNSUPPORTED: row(400, -32022, 'Unsupported protocol version.'),
  SESSION_REQUIRED: row(400, 40002, 'This request belongs to a session; send its Mcp-Session-Id.'),
  SESSION_UNKNOWN: row(404, 40402, 'The session does not exist or has ended. Start a new one.'),
  SESSION_LIMIT: row(429, 42902, 'This principal has too many open sessions.'),
  CURSOR_INVALID: row(200, -32602, 'The cursor is not valid.'),
  STATE_INVALID: row(400, -32602, 'The request state is not valid.'),
  TASK_INVALID: row(400, -32602, 'The task handle is not valid. Ask for a new one.'),
  // decision
  TOOL_UNKNOWN: row(200, -32602, 'There is no tool of that name.'),
  PROMPT_UNKNOWN: row(200, -32602, 'There is no prompt of that name.'),
  RESOURCE_UNKNOWN: row(200, -32602, 'Resource not found.'),
  ARGUMENTS_INVALID: row(200, 42201, 'The arguments do not match the input schema.'),
  OBJECT_FORBIDDEN: row(200, -32602, 'There is no such object.'),
  RATE_LIMITED: row(429, 42901, 'Too many requests. Try again later.'),
  STREAM_LIMIT: row(429, 42903, 'This principal has too many open streams.'),
  CONCURRENCY_LIMIT: row(429, 42904, 'This principal has too many calls in progress.'),
  QUOTA_EXCEEDED: row(429, 42905, 'This principal has used up its quota.'),
  CIRCUIT_OPEN: row(503, 50306, 'This tool is failing and is paused. Try again later.'),
  DEFINITION_HELD: row(200, 40305, 'This tool has changed and is held until someone approves it.'),
  FLOW_REFUSED: row(200, 40306, 'This operation would take data where it must not go.'),
  APPROVAL_REQUIRED: row(200, 40307, 'A person has to approve this operation.'),
  APPROVAL_DENIED: row(200, 40308, 'The operation was not approved.'),
  LOGIN_REQUIRED: row(200, 40309, 'The person has to sign in at the server behind this gateway first.'),
  INJECTION_SUSPECTED: row(200, 40310, 'The text of this operation looks like orders to a model, and was stopped.'),
  // work and answer
  DEADLINE_EXCEEDED: row(200, 50401, 'The operation did not finish in time.'),
  CANCELLED: row(499, 49901, 'The request was cancelled.'),
  OUTPUT_INVALID: row(200, 50001, 'The operation produced a result that this server will not pass on.'),
  OUTPUT_TOO_LARGE: row(200, 50002, 'The result is larger than this server sends.'),
  TOOL_FAILED: row(200, 50003, 'The operation failed.'),
  OUTPUT_WITHHELD: row(200, 50005, 'The result held something that must not leave this server.'),
  SANDBOX_FAILED: row(200, 50006, 'The operation was stopped by its sandbox.'),
  UPSTREAM_FAILED: row(200, 50007, 'The server behind this gateway did not answer as it should.'),
  CREDENTIAL_UNAVAILABLE: row(200, 50008, 'The credential for the server behind this gateway cannot be had.'),
  CHANNEL_CLOSED: row(200, 50004, 'The operation asked for something that this server does not allow.'),
  RECORD_FAILED: row(503, 50304, 'The audit record could not be written, so the operation was refused.'),
  STORE_UNAVAILABLE: row(503, 50305, 'The state store cannot be reached.'),
  INTERNAL: row(500, -32603, 'Internal error.'),
});

/** A code of the closed list. */
export type ErrorCode =
  | 'ORIGIN_REFUSED'
  | 'HOST_REFUSED'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'MEDIA_TYPE_REFUSED'
  | 'NOT_ACCEPTABLE'
  | 'BODY_TOO_LARGE'
  | 'REQUEST_TIMEOUT'
  | 'OVERLOADED'
  | 'SHUTTING_DOWN'
  | 'TOKEN_MISSING'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_IN_URL'
  | 'ISSUER_UNAVAILABLE'
  | 'SCOPE_INSUFFICIENT'
  | 'IDENTITY_REFUSED'
  | 'FORBIDDEN'
  | 'DISABLED'
  | 'PARSE_FAILED'
  | 'MESSAGE_INVALID'
  | 'BATCH_REFUSED'
  | 'PARAMS_INVALID'
  | 'METHOD_UNKNOWN'
  | 'HEADER_MISMATCH'
  | 'CAPABILITY_MISSING'
  | 'VERSION_UNSUPPORTED'
  | 'SESSION_REQUIRED'
  | 'SESSION_UNKNOWN'
  | 'SESSION_LIMIT'
  | 'CURSOR_INVALID'
  | 'STATE_INVALID'
  | 'TASK_INVALID'
  | 'TOOL_UNKNOWN'
  | 'PROMPT_UNKNOWN'
  | 'RESOURCE_UNKNOWN'
  | 'ARGUMENTS_INVALID'
  | 'OBJECT_FORBIDDEN'
  | 'RATE_LIMITED'
  | 'STREAM_LIMIT'
  | 'CONCURRENCY_LIMIT'
  | 'QUOTA_EXCEEDED'
  | 'CIRCUIT_OPEN'
  | 'DEFINITION_HELD'
  | 'FLOW_REFUSED'
  | 'APPROVAL_REQUIRED'
  | 'APPROVAL_DENIED'
  | 'LOGIN_REQUIRED'
  | 'INJECTION_SUSPECTED'
  | 'DEADLINE_EXCEEDED'
  | 'CANCELLED'
  | 'OUTPUT_INVALID'
  | 'OUTPUT_TOO_LARGE'
  | 'TOOL_FAILED'
  | 'OUTPUT_WITHHELD'
  | 'SANDBOX_FAILED'
  | 'UPSTREAM_FAILED'
  | 'CREDENTIAL_UNAVAILABLE'
  | 'CHANNEL_CLOSED'
  | 'RECORD_FAILED'
  | 'STORE_UNAVAILABLE'
  | 'INTERNAL';

/**
 * A refusal that a handler may throw on purpose: the sentence is shown to the caller as a tool error, so it must hold
 * nothing secret. Anything else that a handler throws becomes `TOOL_FAILED` with no detail.
 */
export class PublicError extends Error {
  override readonly name = 'PublicError';
}

/** A caller has used up what it may use in this window. Thrown within a call, it is the refusal `QUOTA_EXCEEDED`. */
export class QuotaExceeded extends Error {
  override readonly name = 'QuotaExceeded';
  /** Which of its quotas. */
  readonly resource: string;
  /** Whole seconds until the window ends. */
  readonly retryAfter: number;

  constructor(resource: string, retryAfter: number) {
    super(ERRORS.QUOTA_EXCEEDED.sentence);
    this.resource = resource;
    this.retryAfter = retryAfter;
  }
}

/** A store that cannot be reached, or fails. Thrown on the way of a request, it is the refusal `STORE_UNAVAILABLE`. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** The method of the store that failed. */
  readonly method: string;

  constructor(method: string, cause: unknown) {
    super(ERRORS.STORE_UNAVAILABLE.sentence, { cause });
    this.method = method;
  }
}
