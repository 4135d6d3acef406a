import type { ControlId } from './control-id.ts';
import type { MinimumBarLineId } from './minimum-bar.ts';

/** How far a control is expected of everyone: a line of the minimum bar, core, or on in the high-assurance profile. */
export type Tier = 'minimum-bar' | 'core' | 'advanced';

/** How a control can be audited: by reading code, attacking the server, reading configuration, or asking for proof. */
export type AuditMethod = 'static' | 'probe' | 'config' | 'evidence';

/** One control of the catalogue: what has to hold, and who asks for it. */
export interface Control {
  /** Permanent: never reused, never renamed. */
  readonly id: ControlId;
  readonly tier: Tier;
  /** The lines of the OWASP minimum bar that the control carries; empty outside that tier. */
  readonly minimumBar: readonly MinimumBarLineId[];
  /** A few words, as a heading. */
  readonly title: string;
  /** One sentence: what has to hold. */
  readonly need: string;
  readonly maps: ControlMaps;
  readonly audit: readonly AuditMethod[];
  /** Keys of the documents that ask for the control; the part before the section sign names a row of `SOURCES`. */
  readonly sources: readonly string[];
}

/** Where a control stands in other lists. */
export interface ControlMaps {
  /** Numbers of the OWASP MCP Top 10 (2025 beta): 7 is MCP07. */
  readonly mcpTop10: readonly number[];
  /** SAFE-MCP mitigations; `(idx)` or `(file)` tells which of its two numberings is meant where they differ. */
  readonly safeMcp: readonly string[];
}

/** Splits a list of source keys that stands in the data as one line. */
export function splitSources(line: string): readonly string[] {
  return line.split('; ');
}
