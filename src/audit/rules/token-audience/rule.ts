import type { CallFact } from '../../code/facts.ts';
import type { Hit } from '../../model.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

/** What FastMCP verifies tokens with: its options are passed by name, and stand first. */
const VERIFIER = /\.(?:JWTVerifier|BearerAuthProvider)$/;
const VERIFIES = /^(?:jsonwebtoken\.verify|jose\.jwtVerify|fastmcp(?:\.\w+)*\.(?:JWTVerifier|BearerAuthProvider))$/;

function ofVerifier(fact: CallFact): readonly Hit[] {
  const [named, ...others] = fact.args;
  const audience = named?.fields?.['audience'];
  if (named?.isOpen === true || others.length > 0 || (audience !== undefined && audience.constant !== null)) return [];
  return [
    {
      message: 'Tokens are verified without their audience',
      place: placeAt(fact),
      evidence: fact.symbol,
    },
  ];
}

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'token-audience',
    title: 'A token is accepted only when it was made for this server',
    failure: 'A token is accepted whoever it was made for',
    severity: 'high',
    confidence: 'high',
    controls: ['IDN-02'],
    method: 'static',
    remedy:
      'Give the audience, which is the address of this server alone, and the issuer. Otherwise a token for any other service of the same issuer opens this one.',
    references: ['MCP 2026-07-28 basic/authorization, token audience binding', 'RFC 8707', 'RFC 9728'],
  },
  ({ calls, settings }) => {
    const verifies = calls.filter(({ symbol }) => VERIFIES.test(symbol));
    if (verifies.length === 0) return undefined;
    // What compares the claim by itself is left to a probe of the running server.
    const isCompared = settings.some(({ setting }) => setting === 'reads-audience');
    return { seen: verifies.length, facts: isCompared ? [] : verifies };
  },
  (fact) => {
    if (VERIFIER.test(fact.symbol)) return ofVerifier(fact);
    const options = fact.args[2];
    // What it is given may be made elsewhere, and the claim may be compared afterwards.
    if (
      options !== undefined &&
      (options.fields === undefined || options.isOpen === true) &&
      options.isFunction !== true
    )
      return [];
    const missing = ['audience', 'issuer'].filter((name) => options?.fields?.[name] === undefined);
    if (missing.length === 0) return [];
    return [
      {
        message: `A token is verified without its ${missing.join(' and its ')}`,
        place: placeAt(fact),
        evidence: fact.symbol,
        severity: missing.includes('audience') ? 'high' : 'medium',
        confidence: fact.isBuilt ? 'medium' : 'high',
      },
    ];
  },
);
