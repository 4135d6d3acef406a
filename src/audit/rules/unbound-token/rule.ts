import { isObject } from '../../../protocol/json.ts';
import { discover } from '../../live/discovery.ts';
import { describeExchange, outcomeOf } from '../../live/exchange.ts';
import { inEra, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import { parseToken } from '../../live/jwt.ts';
import type { RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'unbound-token',
  title: 'A token that is bound to a key is worth nothing without it',
  failure: 'A token that should be bound to a key is served as a plain bearer token',
  severity: 'high',
  confidence: 'high',
  controls: ['IDN-05'],
  method: 'probe',
  remedy:
    'Refuse a token whose cnf names a key unless the request proves that key (DPoP or mutual TLS), and refuse tokens without one where the metadata say that they have to be bound.',
  references: ['RFC 9449 sections 7.1 and 7.2', 'RFC 8705 section 3', 'RFC 9728 section 2'],
};

interface Facts {
  /** What says that tokens are bound here. */
  readonly because: string;
}

/** Sends the token as a bearer token, without a proof, where it says or the metadata say that it is bound to a key. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    const token = subject.tokenOf('user');
    if (http === undefined || token === undefined) return undefined;
    const { resource } = await discover(subject, http);
    const cnf = parseToken(token)?.claims['cnf'];
    const isRequired = resource.some(
      ({ json }) =>
        json?.['dpop_bound_access_tokens_required'] === true ||
        json?.['tls_client_certificate_bound_access_tokens'] === true,
    );
    const because = isObject(cnf)
      ? 'the token names its key'
      : isRequired
        ? 'the metadata say that tokens are bound'
        : undefined;
    if (because === undefined) return undefined;
    const exchanges = [];
    for (const era of subject.eras) {
      const connection = await subject.as('user', era);
      const { method, params } = subject.home;
      exchanges.push((await connection.ask(inEra('a bound token without its proof', era), method, params)).exchange);
    }
    return { exchanges, facts: { because } };
  },
  judge({ exchanges, facts: { because } }) {
    const served = exchanges.find((each) => outcomeOf(each) === 'served');
    if (served === undefined)
      return unknown(`${because}; this audit has no key to prove, so that nothing could be tried`);
    const message = `the token is served without a proof of its key, though ${because}`;
    return {
      status: 'fail',
      why: meta.failure,
      hits: [{ message, place: { exchange: served.label }, evidence: describeExchange(served) }],
    };
  },
});
