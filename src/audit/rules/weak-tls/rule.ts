import { shakeHands, type Handshake } from '../../live/handshake.ts';
import { outcomeOf, type Exchange } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'weak-tls',
  title: 'TLS is of version 1.2 at least, with a certificate that is trusted',
  failure: 'TLS is weaker than clients may rely on',
  severity: 'high',
  confidence: 'high',
  controls: ['ARC-03'],
  method: 'probe',
  remedy:
    'Serve TLS 1.2 and 1.3 alone, with a whole chain up to a public authority and the name of the URL in the certificate, renew it by a program, and send Strict-Transport-Security.',
  references: [
    'RFC 9325 section 3.1.1',
    'RFC 8996',
    'RFC 6797',
    'MCP 2026-07-28 basic/authorization/security-considerations',
  ],
};

interface Facts {
  readonly usual: Handshake;
  readonly old: Handshake;
  readonly hasPromise: boolean;
}

/** Shakes hands as usual, then with versions that were given up; the chain is that of the machine of the audit. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    if (http?.url.protocol !== 'https:') return undefined;
    const usual = await shakeHands(http, subject.budget);
    const old = await shakeHands(http, subject.budget, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    const exchanges: Exchange[] = [];
    const [era] = subject.eras;
    if (era !== undefined) {
      const connection = await subject.as('user', era);
      exchanges.push((await connection.ask('a request over TLS', subject.home.method, subject.home.params)).exchange);
    }
    const hasPromise = exchanges.some(({ headers }) => headers['strict-transport-security'] !== undefined);
    return { exchanges, facts: { usual, old, hasPromise } };
  },
  judge({ exchanges, facts: { usual, old, hasPromise } }) {
    if (!usual.isDone) return unknown('no handshake was completed');
    const place = { exchange: 'the handshake' };
    const hits: Hit[] = [];
    if (usual.fault !== undefined)
      hits.push({ message: 'the certificate is not trusted', place, evidence: usual.fault });
    if (old.isDone)
      hits.push({ message: `${old.protocol ?? 'an old version'} is spoken, which was given up in 2021`, place });
    if (exchanges.some((each) => outcomeOf(each) === 'served') && !hasPromise)
      hits.push({
        message: 'no Strict-Transport-Security keeps browsers from asking in clear',
        place,
        severity: 'low',
      });
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    return { status: 'pass', why: `${meta.title}: ${usual.protocol ?? 'TLS'}`, hits };
  },
  failsAlone: true,
});
