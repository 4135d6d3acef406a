import type { Era } from '../protocol/versions.ts';

/** How a fixture is reached. */
export interface Way {
  readonly transport: 'http' | 'stdio';
  readonly era: Era;
  /** Whether the tools are those of an upstream behind the gateway. */
  readonly gateway?: true;
}
