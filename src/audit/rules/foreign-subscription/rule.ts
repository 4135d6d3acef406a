import { isObject } from '../../../protocol/json.ts';
import type { Era } from '../../../protocol/versions.ts';
import { describeExchange, outcomeOf, type Exchange, type Seen } from '../../live/exchange.ts';
import { inEra, liveRule, unknown, type LiveRule } from '../../live/live-rule.ts';
import type { LiveConnection } from '../../live/subject.ts';
import type { RuleMeta } from '../../model.ts';
import { ownUris } from '../../probes/foreign-objects.ts';
import { shown } from '../../probes/tools.ts';
import { faultOfUsers } from '../../probes/two-users.ts';

/** A stream that was agreed to has no end of its own: each takes this time. */
const [MOST_WATCHED, PATIENCE_MS] = [1, 1_500];
const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

const meta: RuleMeta = {
  id: 'foreign-subscription',
  title: "A resource that is one user's alone is not watched by another",
  failure: "A resource that is one user's alone is watched by another",
  severity: 'medium',
  confidence: 'medium',
  controls: ['RES-04'],
  method: 'probe',
  remedy:
    'Ask for each URI that a caller wants to watch whether it may read it, when the stream is opened and before each update, and leave out those that it may not.',
  references: ['MCP 2026-07-28 basic/patterns/subscriptions, acknowledgment', 'CWE-863'],
};

/** Whether a URI of the user's was agreed to. */
interface Watched {
  readonly what: string;
  readonly era: Era;
  readonly toOwner: boolean;
  readonly toOther: boolean | undefined;
  readonly said: string;
}

interface Facts {
  readonly fault?: string;
  readonly watched: readonly Watched[];
}

/** Asks as the other user for updates of what only the list of the user has. */
export const rule: LiveRule<Facts> = liveRule<Facts>(meta, {
  async gather(subject) {
    const { resources } = subject.surface.capabilities;
    if (subject.http === undefined || !isObject(resources) || resources['subscribe'] !== true) return undefined;
    const fault = faultOfUsers(subject);
    if (fault !== undefined) return { exchanges: [], facts: { fault, watched: [] } };
    const exchanges: Exchange[] = [];
    const watched: Watched[] = [];
    for (const era of subject.eras) {
      const [user, second] = [await subject.open('user', era), await subject.open('second', era)];
      for (const uri of (await ownUris(subject, user, second)).slice(0, MOST_WATCHED)) {
        const what = `updates of ${shown(uri)}`;
        const own = await watch(user, inEra(`${what} as the user`, era), uri);
        const other = await watch(second, inEra(`${what} as the other user`, era), uri);
        exchanges.push(own.exchange, other.exchange);
        const said = describeExchange(other.exchange);
        watched.push({
          what,
          era,
          toOwner: isAgreed(own, era, uri) === true,
          toOther: isAgreed(other, era, uri),
          said,
        });
      }
      await Promise.all([user.close(), second.close()]);
    }
    return { exchanges, facts: { watched } };
  },
  judge({ facts: { fault, watched } }) {
    if (fault !== undefined) return unknown(fault);
    const hits = watched
      .filter(({ toOwner, toOther }) => toOwner && toOther === true)
      .map(({ what, era, said }) => ({
        message: 'updates of a resource that only the list of the user has are agreed to for the other user',
        place: { exchange: `${what} as the other user (${era})` },
        evidence: said,
      }));
    if (hits.length > 0) return { status: 'fail', why: `${meta.failure}: ${hits.length} of ${watched.length}`, hits };
    const open = watched.find(({ toOwner, toOther }) => !toOwner || toOther === undefined);
    if (open !== undefined)
      return unknown(open.toOwner ? `${open.what}: ${open.said}` : `${open.what} are not agreed to for its owner`);
    if (watched.length === 0) return unknown('the other user is listed all that the user is');
    return { status: 'pass', why: `${meta.title}: ${watched.length} tried`, hits };
  },
});

/** In the modern era a stream, which is left soon; in the legacy one a subscription, which is ended. */
async function watch(connection: LiveConnection, label: string, uri: string): Promise<Seen> {
  if (connection.era === 'modern')
    return connection.ask(
      label,
      'subscriptions/listen',
      { notifications: { resourceSubscriptions: [uri] } },
      { patienceMs: PATIENCE_MS, isAlone: true },
    );
  const seen = await connection.ask(label, 'resources/subscribe', { uri });
  if (outcomeOf(seen.exchange) === 'served') await connection.ask(`${label}, ended`, 'resources/unsubscribe', { uri });
  return seen;
}

/** Undefined where neither was said. */
function isAgreed({ exchange, notifications }: Seen, era: Era, uri: string): boolean | undefined {
  const outcome = outcomeOf(exchange);
  if (outcome === 'refused') return false;
  if (era === 'legacy') return outcome === 'served' ? true : undefined;
  const acknowledged = notifications.find(({ method }) => method === ACKNOWLEDGED)?.['params'];
  if (!isObject(acknowledged)) return undefined;
  const agreed = isObject(acknowledged['notifications']) ? acknowledged['notifications']['resourceSubscriptions'] : [];
  return Array.isArray(agreed) && agreed.includes(uri);
}
