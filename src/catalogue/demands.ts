import type { ControlId } from './control-id.ts';
import { CONTROLS } from './controls.ts';

/** One demand of another list, and the controls of the catalogue that bear on it. */
export interface Demand {
  /** As that list has it: `MCP07`, `10.3.3`, `R5`. */
  readonly id: string;
  /** In our words. */
  readonly title: string;
  /** In the order of the catalogue. */
  readonly controls: readonly ControlId[];
}

/** The ten risks of the OWASP MCP Top 10 (2025 beta), said as what has to be kept from happening. */
const TOP10_TITLES: readonly string[] = [
  'Tokens and secrets get out',
  'Privileges grow beyond what the task needs',
  'A tool is poisoned or swapped',
  'The supply chain is tampered with',
  'Commands are injected and run',
  'Text that was read steers the model',
  'Authentication or authorization falls short',
  'Nobody can tell what happened',
  'Servers that nobody knows of',
  'Context is shared with whom it should not reach',
];

/** See `TOP10_TITLES`; `MCP01` to `MCP10`. */
export const MCP_TOP10: readonly Demand[] = TOP10_TITLES.map((title, index) => ({
  id: `MCP${String(index + 1).padStart(2, '0')}`,
  title,
  controls: CONTROLS.filter(({ maps }) => maps.mcpTop10.includes(index + 1)).map(({ id }) => id),
}));

const AISVS_TITLES: readonly (readonly [id: string, title: string])[] = [
  ['10.1.1', 'Components come from where they are trusted, and that is verified'],
  ['10.1.2', 'Servers that are not on the list are not used'],
  ['10.1.3', 'A server on this machine runs with the least it needs'],
  ['10.2.1', 'Each request carries a token that is validated'],
  ['10.2.2', 'Issuer, audience, expiry and scope of a token are checked'],
  ['10.2.3', 'A resource server keeps no token and no credential'],
  ['10.2.4', 'A list of tools shows what the caller may use'],
  ['10.2.5', 'Each call is authorized, down to its arguments'],
  ['10.2.6', 'Nothing of a session outlives it'],
  ['10.2.7', "A client's token is passed on to no other service"],
  ['10.3.1', 'Remote transport is encrypted and authenticated'],
  ['10.3.2', 'stdio is for this machine alone'],
  ['10.3.3', 'Origin and Host are each checked'],
  ['10.3.4', 'Versions of the protocol below a floor are refused'],
  ['10.3.5', 'Tokens are bound to their sender'],
  ['10.4.1', 'Answers match their schemas before a model sees them'],
  ['10.4.2', 'Answers are screened for injected instructions'],
  ['10.4.3', 'Unknown and oversized arguments are refused'],
  ['10.4.4', 'Schemas are enforced strictly'],
  ['10.4.5', 'Payloads have a largest size'],
  ['10.4.6', 'Answers are signed, and a replay is noticed'],
  ['10.4.7', 'A person agrees before a local server is installed'],
  ['10.4.8', 'A changed tool is approved anew'],
];

/** What no control names as its source, and ours bear on none the less. */
const AISVS_MORE: ReadonlyMap<string, readonly ControlId[]> = new Map<string, readonly ControlId[]>([
  ['10.1.1', ['SUP-01', 'SUP-03']],
  ['10.1.3', ['ISO-05', 'DEP-02']],
]);

/** The requirements of chapter C10 (MCP) of the OWASP AI Security Verification Standard 1.0. */
export const AISVS_C10: readonly Demand[] = AISVS_TITLES.map(([id, title]) => ({
  id,
  title,
  controls: AISVS_MORE.get(id) ?? controlsNaming(/^AISVS ([\d./x]+)/, (numbers) => numbers.split('/').includes(id)),
}));

/** The recommendations of the NSA's Model Context Protocol: Security Design Considerations (May 2026), in their order. */
const NSA_TITLES: readonly string[] = [
  'Build on software that somebody maintains',
  'Draw boundaries: filter and watch what goes out',
  'Validate parameters',
  'Confine what tools execute',
  'Sign messages, and let them expire',
  'Filter outputs before they become inputs',
  'Log so that attacks can be detected',
  'Patch, and know what is deployed',
  'Look for servers on your own network',
];

/** See `NSA_TITLES`; `R1` to `R9`. */
export const NSA_RECOMMENDATIONS: readonly Demand[] = NSA_TITLES.map((title, index) => ({
  id: `R${index + 1}`,
  title,
  controls: controlsNaming(/^NSA-(R[\dR/]+)/, (names) => names.split('/').includes(`R${index + 1}`)),
}));

function controlsNaming(form: RegExp, isMeant: (found: string) => boolean): readonly ControlId[] {
  return CONTROLS.filter(({ sources }) =>
    sources.some((source) => {
      const found = form.exec(source)?.[1];
      return found !== undefined && isMeant(found);
    }),
  ).map(({ id }) => id);
}
