import type { IncomingHttpHeaders } from 'node:http';
import { randomFillSync } from 'node:crypto';
import type { JsonObject } from '../protocol/json.ts';
import type { Message } from '../protocol/message.ts';
import type { Era } from '../protocol/versions.ts';
import type { Label, Target } from './catalog.ts';
import type { Denial } from './decision.ts';
import type { Detected } from './detection.ts';
import type { Principal } from './principal.ts';
import type { Session } from './session.ts';

/** How a message reached us. */
export type Transport = 'http' | 'stdio';

/** The facts of an HTTP request that controls decide on. Never handed to a handler. */
export interface HttpFacts {
  readonly method: string;
  /** Path without query, as sent; compared exactly. */
  readonly path: string;
  readonly query: string;
  /** Lower-case names; node joins or drops duplicates, so `rawHeaders` decides where two would matter. */
  readonly headers: IncomingHttpHeaders;
  readonly rawHeaders: readonly string[];
  readonly remoteAddress: string;
  readonly encrypted: boolean;
  /** Stands for the connection: the same object for all requests of one. */
  readonly connection: object;
}

/** Why a person has to approve a call, and how strictly. */
export interface ApprovalDemand {
  /** `person`: asked in the client. `page`: asked out of band, where no model can answer. */
  readonly by: 'person' | 'page';
  /** One sentence for the person: safe text. */
  readonly reason: string;
}

/** Answers of earlier rounds and where the present one stands (MCP 2026-07-28 basic/patterns/mrtr). */
export interface Rounds {
  readonly round: number;
  /** Results by key: those sealed in the request state, overlaid by those that came with this request. */
  readonly answers: Map<string, unknown>;
  /** Digests of the questions that were asked, by key. */
  readonly asked: ReadonlyMap<string, string>;
  /** What a capability of the call left in the round before. */
  readonly carried?: string | undefined;
}

const POOL = Buffer.alloc(16 * 256);
let used = POOL.length;

/** 128 random bits in base64url: 22 characters. */
export function createRequestId(): string {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += 16;
  return POOL.toString('base64url', used - 16, used);
}

const NO_DEMANDS: readonly ApprovalDemand[] = Object.freeze([]);

/** One request on its way through the pipeline. Phases fill it from top to bottom. */
export class Exchange {
  readonly id: string = createRequestId();
  readonly startedAt: number = Date.now();
  readonly transport: Transport;
  era: Era;
  readonly http: HttpFacts | undefined;

  // authenticate
  principal: Principal | undefined = undefined;

  // message
  body: Buffer | undefined = undefined;
  message: Message | undefined = undefined;
  version: string | undefined = undefined;
  /** The session that the request belongs to (legacy). */
  session: Session | undefined = undefined;
  /** Capabilities that the client declared on this request (modern) or in its session (legacy). */
  clientCapabilities: JsonObject | undefined = undefined;
  progressToken: string | number | undefined = undefined;
  logLevel: string | undefined = undefined;
  trace: string | undefined = undefined;
  rounds: Rounds | undefined = undefined;

  // authorize
  target: Target | undefined = undefined;
  /** Arguments as the client sent them, then as the author's schema made them. */
  args: unknown = undefined;
  /** Keyed digest of the arguments as sent. */
  argsDigest: string | undefined = undefined;

  /** Approvals that controls and policies ask for, beside what the tool's effect does. */
  demands: readonly ApprovalDemand[] = NO_DEMANDS;
  /** The task that the call belongs to: labels and approvals do not flow between tasks. */
  task: string | undefined = undefined;
  /** What the task has read so far; undefined where no flow is declared. */
  labels: ReadonlySet<Label> | undefined = undefined;
  /** The handle of a task that was made for this request: it goes back with the answer. */
  taskHandle: string | undefined = undefined;
  /** `_meta` of somebody else's result that goes through to the answer: only while a control is off. */
  passedMeta: JsonObject | undefined = undefined;

  // work and answer
  /** What the handler gave; the respond phase turns it into `result`. */
  output: unknown = undefined;
  /** The text of a structured output, neutral already: the answer is put together from it instead of anew. */
  outputJson: string | undefined = undefined;
  /** Keyed digest of what the handler gave, where markup was taken out of it. */
  original: string | undefined = undefined;
  /** What was found in texts of strangers on the way. */
  detected: Detected | undefined = undefined;
  /** The JSON-RPC result, ready to be serialised. */
  result: JsonObject | undefined = undefined;
  denial: Denial | undefined = undefined;
  /** The control that denied. */
  deniedBy: string | undefined = undefined;
  /** What is released when the exchange ends: a place in a queue, a stream. */
  ends: (() => void)[] | undefined = undefined;

  constructor(transport: Transport, era: Era, http?: HttpFacts) {
    this.transport = transport;
    this.era = era;
    this.http = http;
  }
}
