import type { Sealer } from '../pipeline/seal.ts';
import type { Recorder } from '../record/event.ts';

/** Who looks at a page, and the sign-in that says so. */
export interface PageVisitor {
  /** Key of the principal. */
  readonly id: string;
  /** Identifies this sign-in to the page. */
  readonly sid: string;
  /** Milliseconds since the epoch at which it began, and at which it ends. */
  readonly since: number;
  readonly expires: number;
}

/** A login somewhere else that one person may begin now. */
export interface LoginOffer {
  /** What wants it: the id of an upstream. */
  readonly upstream: string;
  /** Where the browser goes: an authorization request. */
  readonly location: string;
  /** What is asked for there: scopes; what the server gives by itself when empty. */
  readonly scopes: readonly string[];
  /** Value of the cookie that the answer has to come back with. */
  readonly value: string;
  /** How long that cookie lives. */
  readonly seconds: number;
}

/** A login somewhere else, from the side of the page. */
export interface LoginSite {
  /** What this person is offered under an id; `undefined` unless they began it themselves, a short while ago. */
  offer(id: string, visitor: PageVisitor): Promise<LoginOffer | undefined>;
  /**
   * Takes the answer that a browser came back with. `isSignedIn` says whether a sign-in to the page is still good.
   * @throws Error when anything does not fit; nothing of it is for the person to read.
   */
  finish(
    query: string,
    value: string | undefined,
    isSignedIn: (visitor: PageVisitor) => Promise<boolean>,
  ): Promise<void>;
}

/** What a host lends to capabilities of the framework's own, beside what every capability is opened with. */
export interface Lent {
  /** Seals what the store keeps. */
  readonly sealer: Sealer;
  readonly recorder: Recorder;
  /** Keeps a value out of logs, records and answers until the returned function is called. */
  remember(secret: string): () => void;
  /** Canonical URL of the endpoint; absent on stdio. */
  readonly resource: string | undefined;
  /** What this server is called, for people. */
  readonly name: string;
  /**
   * Address of the page at which callers of this server sign in as themselves; absent where there is none, or where its
   * issuer is none of those that issue access tokens.
   */
  readonly page: string | undefined;
  /** Serves a JSON document to anybody, at an exact path. */
  publish(path: string, document: () => string): void;
  /** Has the page lead people through a login, by the id of an upstream. */
  serveLogin(upstream: string, site: LoginSite): void;
}

/** Something that a person has to do on a page before a call can be made. */
export interface Errand {
  /** Names it to the client: 22 characters of base64url, that grant nothing. */
  readonly id: string;
  /** What the person is told. */
  readonly message: string;
  readonly url: string;
  /** Whether it is done, after at most so many milliseconds. */
  settled(mostMs: number, signal: AbortSignal): Promise<boolean>;
}
