/** A line of the OWASP minimum bar: group, point, line. */
export type MinimumBarLineId =
  | '1.1'
  | '1.2'
  | '1.3'
  | '2.1'
  | '2.2'
  | '2.3'
  | '3.1'
  | '3.2'
  | '3.3'
  | '4.1'
  | '4.2'
  | '4.3'
  | '5.1'
  | '5.2'
  | '5.3';

/** One demand of the minimum bar. */
export interface MinimumBarLine {
  readonly id: MinimumBarLineId;
  readonly text: string;
}

/** One of the five groups of the minimum bar. */
export interface MinimumBarGroup {
  readonly id: '1' | '2' | '3' | '4' | '5';
  readonly title: string;
  readonly lines: readonly MinimumBarLine[];
}

/**
 * What a server has to meet before it may be called secure at all: the review checklist of the OWASP Practical Guide
 * for Secure MCP Server Development v1.0, in our words.
 */
export const MINIMUM_BAR: readonly MinimumBarGroup[] = [
  {
    id: '1',
    title: 'Identity and policy',
    lines: [
      {
        id: '1.1',
        text: 'A server that can be reached over the network authenticates with OAuth 2.1 or OpenID Connect.',
      },
      { id: '1.2', text: 'A token is brief, limited in scope, and verified each time it is presented.' },
      { id: '1.3', text: "The caller's token is passed on to nobody, and a single point enforces policy." },
    ],
  },
  {
    id: '2',
    title: 'Isolation and lifecycle',
    lines: [
      { id: '2.1', text: 'One user, session or running task can neither see nor influence another.' },
      { id: '2.2', text: 'What belongs to a user is kept out of state that others share.' },
      { id: '2.3', text: 'The end of a session always releases what it held, and quotas bound what it may use.' },
    ],
  },
  {
    id: '3',
    title: 'Tools under control',
    lines: [
      { id: '3.1', text: 'A tool is signed, held to one version, and approved by a formal review.' },
      { id: '3.2', text: 'What a tool says of itself is compared with what it does.' },
      { id: '3.3', text: 'A model is shown no more of a tool than it needs.' },
    ],
  },
  {
    id: '4',
    title: 'Validation by schema',
    lines: [
      { id: '4.1', text: 'A schema decides which messages, arguments and results are valid.' },
      { id: '4.2', text: 'Nothing that enters or leaves is trusted: it is cleaned and its size is bounded.' },
      { id: '4.3', text: 'A tool is invoked by structured JSON and in no other way.' },
    ],
  },
  {
    id: '5',
    title: 'Deployment and oversight',
    lines: [
      { id: '5.1', text: 'The server lives in a container, without root, on a network that is closed by default.' },
      { id: '5.2', text: 'A vault holds the secrets, and no model ever sees one.' },
      { id: '5.3', text: 'Builds pass security gates, use is audited, and someone is always watching.' },
    ],
  },
];
