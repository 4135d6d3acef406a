import type { Control } from './control.ts';
import { ARCHITECTURE } from './families/architecture.ts';
import { AUTHORIZATION } from './families/authorization.ts';
import { DEPLOYMENT } from './families/deployment.ts';
import { ELICITATION } from './families/elicitation.ts';
import { GOVERNANCE } from './families/governance.ts';
import { IDENTITY } from './families/identity.ts';
import { ISOLATION } from './families/isolation.ts';
import { LOGGING } from './families/logging.ts';
import { PROMPT_INJECTION } from './families/prompt-injection.ts';
import { PROXY } from './families/proxy.ts';
import { RESOURCES } from './families/resources.ts';
import { SECRETS } from './families/secrets.ts';
import { SUPPLY_CHAIN } from './families/supply-chain.ts';
import { TOOL_DEFINITIONS } from './families/tool-definitions.ts';
import { VALIDATION } from './families/validation.ts';

/** A family of controls: the letters that its ids begin with, and its controls in order. */
export interface ControlFamily {
  readonly key: string;
  readonly title: string;
  readonly controls: readonly Control[];
}

/** The families, in the order of a review: from the wire inward, then around. */
export const FAMILIES: readonly ControlFamily[] = Object.freeze([
  { key: 'ARC', title: 'Architecture and transport', controls: ARCHITECTURE },
  { key: 'IDN', title: 'Identity', controls: IDENTITY },
  { key: 'AUZ', title: 'Authorization', controls: AUTHORIZATION },
  { key: 'ISO', title: 'Isolation', controls: ISOLATION },
  { key: 'TDS', title: 'Tool definitions', controls: TOOL_DEFINITIONS },
  { key: 'VAL', title: 'Validation', controls: VALIDATION },
  { key: 'RES', title: 'Resource limits', controls: RESOURCES },
  { key: 'PIC', title: 'Prompt injection and human control', controls: PROMPT_INJECTION },
  { key: 'ELI', title: 'Elicitation', controls: ELICITATION },
  { key: 'SEC', title: 'Secrets', controls: SECRETS },
  { key: 'DEP', title: 'Deployment', controls: DEPLOYMENT },
  { key: 'SUP', title: 'Supply chain', controls: SUPPLY_CHAIN },
  { key: 'GOV', title: 'Governance', controls: GOVERNANCE },
  { key: 'LOG', title: 'Audit and monitoring', controls: LOGGING },
  { key: 'PRX', title: 'Gateway specifics', controls: PROXY },
]);

/** All 100 controls of the catalogue, family by family. */
export const CONTROLS: readonly Control[] = Object.freeze(FAMILIES.flatMap((family) => family.controls));
