import { Client as NewClient, StreamableHTTPClientTransport as NewHttp } from '@modelcontextprotocol/client';
import { StdioClientTransport as NewStdio } from '@modelcontextprotocol/client/stdio';
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as OldStdio } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as OldHttp } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CallToolResultSchema,
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';

/** Where a legacy client connects to. */
export type Address =
  | { readonly url: URL; readonly token: () => string }
  | { readonly program: string; readonly args: readonly string[] };

/** How a legacy client answers what a server asks. */
export interface Answers {
  readonly elicit?: (params: Readonly<Record<string, unknown>>) => {
    readonly action: 'accept' | 'decline' | 'cancel';
    readonly content?: Record<string, string | number>;
  };
  readonly sampling?: string;
  readonly roots?: readonly string[];
}

/** What a tool call came to. */
export interface CallResult {
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
}

/** Either official client, as far as the tests need it. */
export interface LegacyClient
  extends Pick<OldClient, 'close' | 'getInstructions' | 'getServerVersion' | 'getServerCapabilities'> {
  readonly client: Pick<
    OldClient,
    | 'listTools'
    | 'listResources'
    | 'listResourceTemplates'
    | 'readResource'
    | 'listPrompts'
    | 'getPrompt'
    | 'complete'
    | 'ping'
    | 'setLoggingLevel'
    | 'subscribeResource'
    | 'unsubscribeResource'
  >;
  call(name: string, args?: Record<string, unknown>, options?: CallOptions): Promise<CallResult>;
  /** Resolves with the parameters of the next notification of that method that was not taken yet. */
  next(method: string): Promise<unknown>;
  readonly sessionId: () => string | undefined;
  /** Ends the session by DELETE; nothing on stdio. */
  terminate(): Promise<void>;
}

/** What a caller may add to a call. */
export interface CallOptions {
  readonly onprogress?: (progress: {
    progress: number;
    total?: number | undefined;
    message?: string | undefined;
  }) => void;
  readonly signal?: AbortSignal;
}

/** Names of the clients, and how to make each. */
export const CLIENTS: ReadonlyMap<string, (address: Address, answers?: Answers) => Promise<LegacyClient>> = new Map([
  ['sdk 1', connectOld],
  ['client 2', connectNew],
]);

function capabilities({ elicit, sampling, roots }: Answers) {
  return {
    ...(elicit === undefined ? {} : { elicitation: { form: {}, url: {} } }),
    ...(sampling === undefined ? {} : { sampling: {} }),
    ...(roots === undefined ? {} : { roots: {} }),
  };
}

/** The token is asked for at each request, so that a test can change it in the middle of a session. */
function withToken(token: () => string): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token()}`);
    return fetch(input, { ...init, headers });
  };
}

function sampled(text: string) {
  return { role: 'assistant' as const, content: { type: 'text' as const, text }, model: 'a-model' };
}

function rootsOf(uris: readonly string[]) {
  return { roots: uris.map((uri) => ({ uri })) };
}

/** Notifications as they come, for tests that wait for one. */
function inbox(): {
  readonly put: (method: string, params: unknown) => void;
  readonly next: (method: string) => Promise<unknown>;
} {
  const kept: { readonly method: string; readonly params: unknown }[] = [];
  const waiting: { readonly method: string; readonly resolve: (params: unknown) => void }[] = [];
  return {
    put(method: string, params: unknown): void {
      const at = waiting.findIndex((waiter) => waiter.method === method);
      if (at === -1) kept.push({ method, params });
      else waiting.splice(at, 1)[0]?.resolve(params);
    },
    next(method: string): Promise<unknown> {
      const at = kept.findIndex((event) => event.method === method);
      if (at !== -1) return Promise.resolve(kept.splice(at, 1)[0]?.params);
      return new Promise((resolve) => waiting.push({ method, resolve }));
    },
  };
}

async function connectOld(address: Address, answers: Answers = {}): Promise<LegacyClient> {
  const client = new OldClient({ name: 'test', version: '1.0.0' }, { capabilities: capabilities(answers) });
  const { put, next } = inbox();
  const { elicit, sampling, roots } = answers;
  if (elicit !== undefined) client.setRequestHandler(ElicitRequestSchema, ({ params }) => elicit(params));
  if (sampling !== undefined) client.setRequestHandler(CreateMessageRequestSchema, () => sampled(sampling));
  if (roots !== undefined) client.setRequestHandler(ListRootsRequestSchema, () => rootsOf(roots));
  for (const schema of [
    LoggingMessageNotificationSchema,
    ResourceUpdatedNotificationSchema,
    ToolListChangedNotificationSchema,
  ])
    client.setNotificationHandler(schema, ({ method, params }) => put(method, params));
  const http = 'url' in address ? new OldHttp(address.url, { fetch: withToken(address.token) }) : undefined;
  const stdio = 'program' in address ? new OldStdio({ command: address.program, args: [...address.args] }) : undefined;
  const transport = http ?? stdio;
  if (transport === undefined) throw new TypeError('no transport');
  await client.connect(transport);
  return {
    client,
    next,
    call: async (name, args = {}, options = {}) =>
      (await client.callTool({ name, arguments: args }, CallToolResultSchema, options)) as CallResult,
    sessionId: () => http?.sessionId,
    terminate: async () => http?.terminateSession(),
    close: () => client.close(),
    getInstructions: () => client.getInstructions(),
    getServerVersion: () => client.getServerVersion(),
    getServerCapabilities: () => client.getServerCapabilities(),
  };
}

async function connectNew(address: Address, answers: Answers = {}): Promise<LegacyClient> {
  const client = new NewClient({ name: 'test', version: '1.0.0' }, { capabilities: capabilities(answers) });
  const { put, next } = inbox();
  const { elicit, sampling, roots } = answers;
  if (elicit !== undefined) client.setRequestHandler('elicitation/create', ({ params }) => elicit({ ...params }));
  if (sampling !== undefined) client.setRequestHandler('sampling/createMessage', () => sampled(sampling));
  if (roots !== undefined) client.setRequestHandler('roots/list', () => rootsOf(roots));
  for (const method of [
    'notifications/message',
    'notifications/resources/updated',
    'notifications/tools/list_changed',
  ] as const)
    client.setNotificationHandler(method, ({ params }) => put(method, params));
  const http = 'url' in address ? new NewHttp(address.url, { fetch: withToken(address.token) }) : undefined;
  const stdio = 'program' in address ? new NewStdio({ command: address.program, args: [...address.args] }) : undefined;
  const transport = http ?? stdio;
  if (transport === undefined) throw new TypeError('no transport');
  await client.connect(transport);
  return {
    client: client as unknown as LegacyClient['client'],
    next,
    call: async (name, args = {}, options = {}) =>
      (await client.callTool({ name, arguments: args }, options)) as CallResult,
    sessionId: () => http?.sessionId,
    terminate: async () => http?.terminateSession(),
    close: () => client.close(),
    getInstructions: () => client.getInstructions(),
    getServerVersion: () => client.getServerVersion(),
    getServerCapabilities: () => client.getServerCapabilities(),
  };
}
