import type { CallFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const DECODES = /^(?:jsonwebtoken\.decode|jose\.decodeJwt|jwt-decode(?:\.jwtDecode)?|jose\.UnsecuredJWT\.decode)$/;
const VERIFIES = /^(?:jsonwebtoken\.verify|jose\.jwtVerify)$/;

/** See `meta`. */
export const rule: CodeRule<CallFact> = codeRule<CallFact>(
  {
    id: 'unverified-token',
    title: 'Tokens are verified before they are read',
    failure: 'A token is read without being verified',
    severity: 'high',
    confidence: 'medium',
    controls: ['IDN-02'],
    method: 'static',
    remedy: 'Verify the signature, the issuer and the audience (jwtVerify of jose), and read what that gives back.',
    references: ['RFC 8725 section 3', 'CWE-347'],
  },
  ({ calls }) => {
    const verifies = calls.filter(({ symbol }) => VERIFIES.test(symbol));
    const decodes = calls.filter(({ symbol }) => DECODES.test(symbol));
    if (verifies.length + decodes.length === 0) return undefined;
    // Where tokens are verified as well, reading one first is how its keys are chosen.
    return { seen: verifies.length + decodes.length, facts: verifies.length > 0 ? [] : decodes };
  },
  (fact) => [
    {
      message: 'It reads what a token says, and nothing verifies a token',
      place: placeAt(fact),
      evidence: fact.symbol,
      confidence: fact.isBuilt ? 'low' : 'medium',
    },
  ],
);
