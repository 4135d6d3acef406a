import type { ArgumentFact, CallFact, SettingFact } from '../../code/facts.ts';
import { codeRule, placeAt, type CodeRule } from '../../code-rule.ts';

const DECODES =
  /^(?:jose\.jwt\.get_unverified_claims|jsonwebtoken\.decode|jose\.decodeJwt|jwt-decode(?:\.jwtDecode)?|jose\.UnsecuredJWT\.decode)$/;
const VERIFIES = /^(?:jsonwebtoken\.verify|jose\.jwtVerify)$/;

/** What verifies, unless it is told not to. */
const EITHER = /^(?:jwt\.(?:api_jwt\.)?decode(?:_complete)?|jose\.jwt\.decode)$/;

/** `jwt.decode(token, options={"verify_signature": False})`. */
function isSwitchedOff({ args: [named] }: CallFact): boolean {
  const off = ({ constant }: ArgumentFact = {}): boolean => constant === false;
  const fields = named?.fields;
  return off(fields?.['verify']) || off(fields?.['options']?.fields?.['verify_signature']);
}

/** See `meta`. */
export const rule: CodeRule<CallFact | SettingFact> = codeRule<CallFact | SettingFact>(
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
  ({ calls, settings }) => {
    const either = calls.filter(({ symbol }) => EITHER.test(symbol));
    const verifies = [
      ...calls.filter(({ symbol }) => VERIFIES.test(symbol)),
      ...either.filter((each) => !isSwitchedOff(each)),
    ];
    const decodes = [...calls.filter(({ symbol }) => DECODES.test(symbol)), ...either.filter(isSwitchedOff)];
    const accepted = settings.filter(({ setting }) => setting === 'accepts-any-token');
    const seen = verifies.length + decodes.length + accepted.length;
    if (seen === 0) return undefined;
    // Where tokens are verified as well, reading one first is how its keys are chosen.
    return { seen, facts: [...(verifies.length > 0 ? [] : decodes), ...accepted] };
  },
  (fact) => [
    'setting' in fact
      ? { message: 'A token that is no known one is accepted all the same', place: placeAt(fact) }
      : {
          message: 'It reads what a token says, and nothing verifies a token',
          place: placeAt(fact),
          evidence: fact.symbol,
          confidence: fact.isBuilt ? 'low' : 'medium',
        },
  ],
);
