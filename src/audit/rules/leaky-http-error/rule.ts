import { insideOf } from '../../live/inside.ts';
import type { Exchange, Seen } from '../../live/exchange.ts';
import { liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { HttpSide, LiveConnection } from '../../live/subject.ts';
import type { RuleMeta } from '../../model.ts';

const meta: RuleMeta = {
  id: 'leaky-http-error',
  title: 'Refusals tell nothing of the inside of the server',
  failure: 'A refusal tells of the inside of the server',
  severity: 'medium',
  confidence: 'high',
  controls: ['VAL-13', 'DEP-04'],
  method: 'probe',
  remedy:
    'Answer every error with a code and one sentence that was written for it, and keep what was thrown for the log. Run production with NODE_ENV=production or its like.',
  references: ['OWASP ASVS 5.0 16.5.1', 'CWE-209'],
};

interface Facts {
  /** By label: what kind of thing was told, and its beginning. */
  readonly told: readonly (readonly [label: string, kind: string])[];
}

/** Sends what is refused before it is a message, and reads the refusals. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { http } = subject;
    const [era] = subject.eras;
    if (http === undefined || era === undefined) return undefined;
    const seen = [
      ...(await brokenBodies(await subject.as('user', era), subject.home.method)),
      ...(await brokenPaths(http)),
    ];
    const told = seen.flatMap(({ exchange, text }) => {
      const kind = insideOf(text);
      return kind === undefined ? [] : [[exchange.label, kind] as const];
    });
    return { exchanges: seen.map(({ exchange }) => exchange), facts: { told } };
  },
  judge({ exchanges, facts: { told } }) {
    const answered = exchanges.filter(({ status }) => status !== undefined);
    const byKind = Map.groupBy(told, ([, kind]) => kind);
    const hits = [...byKind].map(([kind, all]) => ({
      message: `a refusal holds ${kind}`,
      place: { exchange: all[0]?.[0] ?? '' },
      evidence: bodyOf(exchanges, all[0]?.[0]),
      // A path may be that of a page.
      ...(kind === 'a path of its files' ? { confidence: 'medium' as const } : {}),
    }));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${told.length} of ${answered.length}`, hits };
    if (answered.length < exchanges.length) return unknown('some of what was tried had no answer');
    return { status: 'pass', why: `${meta.title}: ${answered.length} read`, hits };
  },
});

async function brokenBodies(connection: LiveConnection, method: string): Promise<readonly Seen[]> {
  const bodies: readonly (readonly [string, string | Uint8Array])[] = [
    ['half a message', '{"jsonrpc":"2.0","id":1,'],
    ['no JSON at all', 'portcullis audit'],
    ['an empty body', ''],
    ['bytes that are no text', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d])],
  ];
  const seen: Seen[] = [];
  for (const [label, body] of bodies) seen.push(await connection.ask(label, method, {}, { body, isAlone: true }));
  return seen;
}

async function brokenPaths(http: HttpSide): Promise<readonly Seen[]> {
  const paths: readonly (readonly [string, string])[] = [
    ['a path that there is not', '/portcullis-audit-none'],
    ['a path in broken encoding', '/%E0%A4%A'],
  ];
  const seen: Seen[] = [];
  for (const [label, path] of paths)
    seen.push(await http.send({ label, method: 'GET', path, headers: [['Host', http.url.host]], isAlone: true }));
  return seen;
}

function bodyOf(exchanges: readonly Exchange[], label: string | undefined): string {
  return (exchanges.find((each) => each.label === label)?.body ?? '').slice(0, 200);
}
