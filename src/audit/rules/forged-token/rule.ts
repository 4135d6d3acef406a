import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { JsonObject } from '../../../protocol/json.ts';
import { discover, publishedKeys } from '../../live/discovery.ts';
import { parseToken, signingInput, type TokenParts } from '../../live/jwt.ts';
import { attackOf, inEachEra, inEra, isRefused, judgeEach, liveRule, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';

const DAY_S = 86_400;

const meta: RuleMeta = {
  id: 'forged-token',
  title: 'Forged tokens are refused',
  failure: 'A forged token is served',
  severity: 'critical',
  confidence: 'high',
  controls: ['IDN-02'],
  method: 'probe',
  remedy:
    'Verify the signature of every token by a library, with a fixed list of asymmetric algorithms and the keys of the configured issuer alone: never by what the header of the token says.',
  references: ['RFC 8725 sections 2 and 3', 'RFC 9068 section 4', 'OWASP MCP minimum bar 1.2'],
};

/** Changes the user's token in one thing each; the token as it is serves as the baseline. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    const token = subject.tokenOf('user');
    if (subject.http === undefined || token === undefined) return undefined;
    const parts = parseToken(token);
    const keys = parts === undefined ? [] : await publishedKeys(subject.http, await discover(subject, subject.http));
    const forged =
      parts === undefined ? changed(token) : [...changed(token), ...forgeries(token, parts), ...confused(parts, keys)];
    const exchanges = await inEachEra(subject, async (connection, era) => {
      const { method, params } = subject.home;
      const seen = [];
      for (const [label, text] of forged) {
        subject.hide(text, 'forged token');
        seen.push(await connection.ask(inEra(label, era), method, params, { token: text }));
      }
      return seen;
    });
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const one = { holds: isRefused, message: 'a token is served that its issuer never signed' };
    return judgeEach(meta, exchanges, new Map(exchanges.map(({ label }) => [attackOf(label), one])));
  },
});

type Forged = readonly (readonly [label: string, token: string])[];

/** What can be done to any token. */
function changed(token: string): Forged {
  return [
    ['a word for a token', 'portcullis-audit'],
    ['a token cut short', token.slice(0, Math.ceil(token.length / 2))],
  ];
}

function forgeries(token: string, { header, claims, signature }: TokenParts): Forged {
  const now = Math.floor(Date.now() / 1000);
  const later = { ...claims, iat: now, exp: now + DAY_S };
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = stranger.publicKey.export({ format: 'jwk' });
  const signed = (head: JsonObject): string => {
    const input = signingInput(head, claims);
    return `${input}.${sign('sha256', Buffer.from(input), { key: stranger.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  return [
    ['a token without a signature', `${token.slice(0, token.lastIndexOf('.'))}.`],
    ['the algorithm none', `${signingInput({ ...header, alg: 'none' }, claims)}.`],
    ['the algorithm nOnE', `${signingInput({ ...header, alg: 'nOnE' }, claims)}.`],
    ['another subject', `${signingInput(header, { ...claims, sub: 'portcullis-audit' })}.${signature}`],
    [
      'more scopes',
      `${signingInput(header, { ...claims, scope: `${textOf(claims['scope'])} admin`.trim() })}.${signature}`,
    ],
    ['a later end', `${signingInput(header, later)}.${signature}`],
    ['another audience', `${signingInput(header, { ...claims, aud: 'https://other.invalid' })}.${signature}`],
    ['another issuer', `${signingInput(header, { ...claims, iss: 'https://issuer.invalid' })}.${signature}`],
    ['a key of a stranger', signed({ ...header, alg: 'ES256' })],
    ['a key in the token itself', signed({ ...header, alg: 'ES256', kid: undefined, jwk })],
    ['an unknown key', signed({ ...header, alg: 'ES256', kid: 'portcullis-audit' })],
  ];
}

/** The public key, which everybody has, as the secret of an HMAC: what a verifier does that follows the token's algorithm. */
function confused({ header, claims }: TokenParts, keys: readonly JsonObject[]): Forged {
  return keys.flatMap((jwk, index): Forged => {
    const pem = pemOf(jwk);
    if (pem === undefined) return [];
    const input = signingInput({ ...header, alg: 'HS256', kid: jwk['kid'] }, claims);
    const by = (secret: string): string => `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    return [
      [`public key ${index + 1} as a shared secret`, by(pem)],
      [`public key ${index + 1} as a shared secret, trimmed`, by(pem.trim())],
    ];
  });
}

function pemOf(jwk: JsonObject): string | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString();
  } catch {
    // A key of a kind that Node does not have cannot be confused by it either.
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
