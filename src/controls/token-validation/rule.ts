import { judge, refused, served } from '../../audit/judge.ts';
import type { Observation, Rule, Target, TokenClaims, Verdict } from '../../audit/rule.ts';
import type { JsonObject } from '../../protocol/json.ts';

interface Forgery {
  readonly claims?: JsonObject;
  readonly header?: JsonObject;
  /** What is done to the token after it was signed. */
  readonly after?: (token: string) => string;
}

const now = () => Math.floor(Date.now() / 1000);

const FORGERIES: ReadonlyMap<string, () => Forgery> = new Map<string, () => Forgery>([
  ['a lapsed token', () => ({ claims: { iat: now() - 600, exp: now() - 300 } })],
  ['a token that is not valid yet', () => ({ claims: { nbf: now() + 300 } })],
  ['a token of the future', () => ({ claims: { iat: now() + 300, exp: now() + 600 } })],
  ['a token without an end', () => ({ claims: { exp: undefined } })],
  ['a token without a signature', () => ({ header: { alg: 'none' } })],
  ['the public key as a shared secret', () => ({ header: { alg: 'HS256' } })],
  ['a changed scope', () => ({ after: (token) => rewrite(token, { scope: 'text:read admin' }) })],
  ['a changed subject', () => ({ after: (token) => rewrite(token, { sub: 'mallory' }) })],
  ['a cut signature', () => ({ after: (token) => token.slice(0, token.lastIndexOf('.') + 1) })],
  ['another issuer', () => ({ claims: { iss: 'https://issuer.attacker.example' } })],
  ['a token for another server', () => ({ claims: { aud: 'https://sibling.example/mcp' } })],
  ['a token for another server too', () => ({ claims: { aud: ['https://sibling.example/mcp'] } })],
  ['a token for nobody', () => ({ claims: { aud: undefined } })],
  ['an unknown key', () => ({ header: { kid: 'attacker' } })],
  ['a key in the token', () => ({ header: { jwk: { kty: 'oct', k: 'YQ' } } })],
  ['a key by address', () => ({ header: { jku: 'https://attacker.example/jwks' } })],
  ['a login token', () => ({ header: { typ: 'JWT' } })],
  ['an extension that must be understood', () => ({ header: { crit: ['exp'] } })],
  ['a token without a subject', () => ({ claims: { sub: undefined } })],
]);

/** Presents tokens that are wrong in one thing each; a token that is right in all of them must be served. */
export const rule: Rule = {
  id: 'token-validation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const { mint } = target;
    if (mint === undefined) return [];
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'a good token', reply: await connection.request('tools/list') }];
    for (const [label, forge] of FORGERIES) {
      const { claims = {}, header = {}, after = (token: string) => token } = forge();
      const all: TokenClaims = { sub: 'alice', scope: 'text:read', ...claims };
      const token = after(await mint(all, header));
      seen.push({ label, reply: await connection.request('tools/list', {}, { token }) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { 'a good token': served },
      attacks: Object.fromEntries([...FORGERIES.keys()].map((label) => [label, isUnauthorized])),
    });
  },
};

function isUnauthorized(observation: Observation): boolean {
  return refused(observation) && observation.reply?.status === 401;
}

/** Changes the payload and keeps the signature. */
function rewrite(token: string, change: JsonObject): string {
  const [head = '', payload = '', signature = ''] = token.split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  const changed = Buffer.from(JSON.stringify(Object.assign({}, claims, change))).toString('base64url');
  return `${head}.${changed}.${signature}`;
}
