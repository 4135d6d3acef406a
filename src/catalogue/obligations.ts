import type { Obligation } from './obligation.ts';
import { AUTHORIZATION } from './obligations/authorization.ts';
import { BASE_PROTOCOL } from './obligations/base-protocol.ts';
import { FEATURES } from './obligations/features.ts';
import { PATTERNS } from './obligations/patterns.ts';
import { SECURITY_PRACTICES } from './obligations/security-practices.ts';
import { TRANSPORTS } from './obligations/transports.ts';

/** The 94 security obligations of MCP 2026-07-28 that bind a server, proxy or gateway, in the order of their numbers. */
export const OBLIGATIONS: readonly Obligation[] = Object.freeze([
  ...TRANSPORTS,
  ...BASE_PROTOCOL,
  ...AUTHORIZATION,
  ...SECURITY_PRACTICES,
  ...PATTERNS,
  ...FEATURES,
]);
