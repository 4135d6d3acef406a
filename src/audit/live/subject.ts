import type { JsonObject } from '../../protocol/json.ts';
import type { Era } from '../../protocol/versions.ts';
import type { ListeningSocket } from '../launch/sockets.ts';
import type { Written } from '../launch/written.ts';
import type { Address } from './addresses.ts';
import type { Budget } from './budget.ts';
import type { Exchange, Seen } from './exchange.ts';
import type { WireRequest } from './http-wire.ts';

/**
 * On whose behalf something is asked: the user, another one, the user with fewer scopes, with a token for another server (`elsewhere`)
 * or one that has ended (`expired`), or nobody.
 */
export type Caller = 'user' | 'second' | 'low' | 'elsewhere' | 'expired' | 'nobody';

/** How one request of a connection differs from a well-formed one. */
export interface AskOptions {
  /** Headers to set (a string) or to leave out (`undefined`), by lower-case name. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  /** Headers to send beside those, even where they are there already. */
  readonly moreHeaders?: readonly (readonly [string, string])[];
  /** Members of `_meta` beside the required ones. */
  readonly meta?: JsonObject;
  /** The body to send instead of the well-formed one. */
  readonly body?: string | Uint8Array;
  /** Changes the well-formed body before it is sent. */
  readonly rewrite?: (body: string) => string;
  /** Another token; `null` for none. It is never kept. */
  readonly token?: string | null;
  /** Query to append, with its question mark. */
  readonly query?: string;
  /** Milliseconds to wait, where fewer than usual. */
  readonly patienceMs?: number;
  /** Answers what the server asks within a legacy call; what is not answered is declined. */
  readonly answer?: (asked: JsonObject) => JsonObject | undefined;
  /** Sends it on a connection of its own. */
  readonly isAlone?: boolean;
  /** Takes a refusal that it came too fast for the answer, where it would wait and send it again. */
  readonly isOnce?: boolean;
}

/** A client of the target; in the legacy era it has been initialised. */
export interface LiveConnection {
  readonly era: Era;
  /** The session id, where the target gave one. */
  readonly session: string | undefined;
  /** The handshake of the legacy era. */
  readonly hello: Seen | undefined;
  ask(label: string, method: string, params?: JsonObject, options?: AskOptions): Promise<Seen>;
  close(): Promise<void>;
}

/** How a connection is opened. */
export interface OpenOptions {
  /** What the client says that it can do. */
  readonly capabilities?: JsonObject;
  /** Another token than the caller's. It is never kept. */
  readonly token?: string;
}

/** What is only there over HTTP. */
export interface HttpSide {
  readonly url: URL;
  /** The address that its name was resolved to. */
  readonly address: Address;
  /** Whether its address is of this machine, of a private network, or public. */
  readonly reach: 'loopback' | 'private' | 'public';
  /** Sends one request to the origin as it stands. Tokens in it must be those of the subject or passed to `hide`. */
  send(request: WireRequest): Promise<Seen>;
  /**
   * Fetches a document of an authorization server that the target itself named, without credentials. Only from public addresses over
   * https, or from this machine and its networks where the target is there too.
   */
  fetchNamed(label: string, url: string): Promise<Seen | undefined>;
}

/** What is only there over stdio. */
export interface StdioSide {
  /** Writes one line to the process of a connection and gives what came back for it. */
  line(connection: LiveConnection, label: string, text: string | Uint8Array): Promise<Seen>;
  /** The life of a process of its own, from its start over a few right requests to the end of its input; lived once. */
  life(): Promise<ProcessLife>;
}

/** What was seen of a process in its life. */
export interface ProcessLife {
  /** The right requests that it was asked, in its first era. */
  readonly exchanges: readonly Exchange[];
  /** Lines of standard output that are no JSON-RPC message: how many, and the beginning of the first ones. */
  readonly stray: { readonly count: number; readonly samples: readonly string[] };
  /** On what it waited for others; absent where the system does not tell. */
  readonly sockets?: readonly ListeningSocket[];
  /** Whether it ended by itself, within some seconds of the end of its input. */
  readonly ended: boolean;
  /** Why it was ended before. */
  readonly endedFor?: string;
  /** Where a secret of its environment came out. */
  readonly canaryIn: readonly ('standard output' | 'standard error')[];
  readonly written: Written;
  readonly isSandboxed: boolean;
}

/** What a server offers to its user, as it was listed; empty where it lists nothing. */
export interface Surface {
  readonly tools: readonly JsonObject[];
  readonly resources: readonly JsonObject[];
  readonly prompts: readonly JsonObject[];
  /** The capabilities that it declares. */
  readonly capabilities: JsonObject;
  /** The name and version that it gives itself. */
  readonly serverInfo: JsonObject;
}

/** A call that may be made: one that the user named, or one of a tool that only reads and needs no arguments. */
export interface HarmlessCall {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly isNamed: boolean;
}

/** A server that runs, as rules of the kind `live` are shown it. */
export interface LiveSubject {
  /** Its URL without credentials, or its command. */
  readonly files: readonly string[];
  /** Why it could not be looked at, where it could not. */
  readonly unread: readonly { readonly file: string; readonly why: string }[];
  readonly transport: 'http' | 'stdio';
  /** The eras in which it serves the user; none where it serves nothing. */
  readonly eras: readonly Era[];
  /** A request that the user is served in each of those eras: the baseline of every rule. */
  readonly home: { readonly method: string; readonly params: JsonObject };
  readonly surface: Surface;
  readonly harmless: readonly HarmlessCall[];
  /** Those of them that read what belongs to the user alone, by the word of who runs the audit. */
  readonly ownCalls: readonly HarmlessCall[];
  /** Whether rules may do what could cost the target something. */
  readonly isIntrusive: boolean;
  readonly budget: Budget;
  /** Whether there are credentials for that caller; for nobody there always are. */
  has(caller: Caller): boolean;
  /** The token of a caller, to be forged or misplaced. It may only leave through this subject. */
  tokenOf(caller: Caller): string | undefined;
  /** Marks a text as secret wherever it comes back. */
  hide(secret: string, kind: string): void;
  /** Cuts a text that came from the target down to what may be kept of it: without secrets and hidden characters. */
  readonly clean?: (text: string) => string;
  /** The shared connection of a caller. Rules that end or confuse a session open one of their own. */
  as(caller: Caller, era: Era): Promise<LiveConnection>;
  open(caller: Caller, era: Era, options?: OpenOptions): Promise<LiveConnection>;
  readonly http?: HttpSide;
  readonly stdio?: StdioSide;
}
