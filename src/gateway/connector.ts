import type { Era } from '../protocol/versions.ts';
import type { OpenCredential } from './credentials/credential.ts';
import type { ItemKind } from './items.ts';
import type { Offer, Session } from './session.ts';

/** What is heard of an upstream while it runs. */
export interface Heard {
  /** One of its lists has changed. */
  readonly changed?: () => void;
  /** One of its resources that was asked for has changed. */
  readonly updated?: (uri: string) => void;
  readonly closed?: () => void;
  /** Kinds of which the offer is read at the start; all when absent. */
  readonly kinds?: readonly ItemKind[];
}

/** A connection to an upstream, after its handshake. */
export interface Running {
  readonly session: Session;
  readonly era: Era;
  readonly offer: Offer;
  stop(): Promise<void>;
}

/** How an upstream is reached: by a process of its own, or over the network. */
export interface Connector {
  readonly id: string;
  /** Connections at the same time; few when absent, for each is a process. */
  readonly most?: number;
  /**
   * Connects for one principal, or for all of them when it is the empty string; does the handshake, and asks what is offered.
   * @throws LinkError when it does not answer.
   */
  connect(principal: string, heard: Heard): Promise<Running>;
  /** What it is sent to say who asks; absent where that is nothing. */
  readonly credential?: OpenCredential | undefined;
  /** A line for the operator. */
  readonly log: (line: string) => void;
}
