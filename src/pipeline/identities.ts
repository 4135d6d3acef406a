import { refuseUnknownOptions } from '../options.ts';

/** What a deployment says of an agent, a job or another server that calls it (IDN-10). */
export interface IdentityOptions {
  /** Its OAuth client id, as its tokens have it. */
  readonly client: string;
  /** The issuer of its tokens; any that is configured when absent. */
  readonly issuer?: string;
  /** The one subject that it comes as, where it acts in its own name; any user when absent. */
  readonly subject?: string;
  /** The person or group that answers for it. */
  readonly owner: string;
  /** What it may use at most, whatever its tokens say. */
  readonly scopes: readonly string[];
  /** Its last day: `2027-06-30`. */
  readonly until: string;
}

/** One identity, ready to be looked up. */
export interface Identity {
  readonly name: string;
  readonly issuer: string | undefined;
  readonly subject: string | undefined;
  /** With those that they imply. */
  readonly scopes: ReadonlySet<string>;
  /** The end of its last day, in milliseconds since the epoch. */
  readonly until: number;
}

/** Identities by client id; one client may have one for each issuer. */
export type Identities = ReadonlyMap<string, readonly Identity[]>;

const KEYS = ['client', 'issuer', 'subject', 'owner', 'scopes', 'until'];
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/**
 * Checks the identities of a deployment.
 * @param expand Gives scopes with those that they imply.
 * @param known Every scope that something of the server needs.
 * @throws TypeError for one without an owner, a scope or a day, and for two that share a client.
 */
export function readIdentities(
  options: Readonly<Record<string, IdentityOptions>>,
  expand: (scopes: readonly string[]) => ReadonlySet<string>,
  known: readonly string[],
): Identities {
  const byClient = new Map<string, Identity[]>();
  for (const [name, each] of Object.entries(options)) {
    const where = `identities.${name}`;
    refuseUnknownOptions(where, each, KEYS);
    for (const key of ['client', 'owner'] as const)
      if (typeof each[key] !== 'string' || each[key].trim() === '') throw new TypeError(`${where}.${key}: say it.`);
    const { client, issuer, subject, scopes, until } = each;
    if (!Array.isArray(scopes) || scopes.length === 0)
      throw new TypeError(`${where}.scopes: name at least one, such as "notes:read".`);
    const granted = expand(scopes);
    const useless = scopes.find(
      (scope) => !known.includes(scope) && ![...expand([scope])].some((it) => known.includes(it)),
    );
    if (useless !== undefined)
      throw new TypeError(`${where}.scopes: nothing here needs "${useless}". There are ${known.join(', ')}.`);
    const end = DAY.test(until) ? Date.parse(`${until}T23:59:59.999Z`) : Number.NaN;
    if (Number.isNaN(end)) throw new TypeError(`${where}.until: give its last day, such as 2027-06-30.`);
    const others = byClient.get(client) ?? [];
    // INVARIANT: a credential is one identity's. Whoever finds it in a log knows whom to ask.
    const twin = others.find((other) => other.issuer === issuer || other.issuer === undefined || issuer === undefined);
    if (twin !== undefined)
      throw new TypeError(`${where}.client: identities.${twin.name} has the same. Give each a client of its own.`);
    byClient.set(client, [...others, { name, issuer, subject, scopes: granted, until: end }]);
  }
  return byClient;
}
