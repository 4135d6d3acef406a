import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { Exchange } from '../../live/exchange.ts';
import type { Hit, RuleMeta } from '../../model.ts';

const SAMPLES = 6;
/** NIST SP 800-63B section 7.1 and OWASP ASVS 7.2.3 ask for 64 and 128 bits; UUID version 4 has 122. */
const ENOUGH_BITS = 64;
const TIME_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[126][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

const meta: RuleMeta = {
  id: 'guessable-session',
  title: 'Session ids cannot be guessed',
  failure: 'Session ids can be guessed',
  severity: 'high',
  confidence: 'medium',
  controls: ['IDN-11'],
  method: 'probe',
  remedy: 'Draw session ids from a cryptographic source, with 128 bits, such as crypto.randomUUID().',
  references: ['MCP 2025-11-25 basic/security_best_practices, session hijacking', 'OWASP ASVS 5.0 7.2.3'],
};

/** What a sample of ids shows, without any of them. */
interface Facts {
  readonly count: number;
  readonly distinct: number;
  /** Bits of the places that differ from id to id, at most. */
  readonly bits: number;
  readonly isOfTime: boolean;
  readonly isPrintable: boolean;
}

/** Opens some sessions and compares their ids. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    if (subject.http === undefined || !subject.eras.includes('legacy')) return undefined;
    const ids: string[] = [];
    const exchanges: Exchange[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      const connection = await subject.open('user', 'legacy');
      if (connection.hello !== undefined)
        exchanges.push({ ...connection.hello.exchange, label: `session ${sample + 1}` });
      if (connection.session !== undefined) ids.push(connection.session);
      await connection.close();
    }
    // A server without sessions has no ids to guess.
    if (ids.length === 0) return undefined;
    return { exchanges, facts: measure(ids) };
  },
  judge({ facts: { count, distinct, bits, isOfTime, isPrintable } }) {
    if (count < 2) return unknown('only one session was opened');
    const hits: Hit[] = [];
    const place = { exchange: 'session 1' };
    if (distinct < count) hits.push({ message: 'two sessions have one id', place, severity: 'critical' });
    else if (isOfTime)
      hits.push({ message: 'session ids are made of the time and the machine (UUID of version 1, 2 or 6)', place });
    else if (bits < ENOUGH_BITS)
      hits.push({ message: `session ids differ in ${bits} bits at most`, place, evidence: `${count} ids compared` });
    if (!isPrintable)
      hits.push({ message: 'session ids hold characters beside visible ASCII', place, severity: 'low' });
    if (hits.length > 0) return { status: 'fail', why: hits[0]?.message ?? meta.failure, hits };
    return { status: 'pass', why: `${meta.title}: ${count} compared, ${bits} bits`, hits };
  },
});

function measure(ids: readonly string[]): Facts {
  const [first = ''] = ids;
  const alphabet = alphabetOf(ids.join(''));
  const differing = Array.from(first).filter((character, index) => ids.some((id) => id[index] !== character)).length;
  const longer = Math.max(...ids.map(({ length }) => length)) - first.length;
  return {
    count: ids.length,
    distinct: new Set(ids).size,
    bits: Math.floor((differing + longer) * Math.log2(alphabet)),
    isOfTime: ids.every((id) => TIME_UUID.test(id)),
    isPrintable: ids.every((id) => /^[\x21-\x7e]+$/.test(id)),
  };
}

function alphabetOf(text: string): number {
  const sizes: readonly (readonly [RegExp, number])[] = [
    [/^\d*$/, 10],
    [/^[\da-f-]*$/i, 16],
    [/^[\da-z-]*$/, 36],
    [/^[\da-z+/=_.-]*$/i, 64],
  ];
  return sizes.find(([form]) => form.test(text))?.[1] ?? 94;
}
