import { readFields } from '../evidence/fields.ts';
import { itemsOf, member, textOf, type Located } from '../gather/located.ts';
import { rule } from '../rules/discovery-report/rule.ts';
import type { FoundServer, Search } from './found.ts';
import { isRegistered, type Register } from './register.ts';

/** One server of a report. */
export interface ReportedServer extends FoundServer {
  readonly state: 'registered' | 'unknown';
  readonly change: 'new' | 'known' | 'first report';
}

/** A report as `portcullis audit` reads it: a record of the kind `discovery-report`. */
export interface DiscoveryReport extends Search {
  readonly portcullis: 'evidence/1';
  readonly kind: 'discovery-report';
  /** ISO 8601. */
  readonly date: string;
  readonly by: string;
  readonly register: string;
  readonly servers: readonly ReportedServer[];
  /** What the report before had, and this one has not. */
  readonly gone: readonly string[];
}

/** Who searched, when, and what was compared with. */
export interface ReportFacts {
  readonly date: string;
  readonly by: string;
  /** Name of the register, and what is in it; nothing is registered where there is none. */
  readonly registerName: string;
  readonly register: Register | undefined;
  /** The report before. */
  readonly before: readonly FoundServer[] | undefined;
}

/** Joins searches to a report. What was found twice at one place is one. */
export function reportOf(searches: readonly Search[], facts: ReportFacts): DiscoveryReport {
  const { date, by, registerName, register, before } = facts;
  const found = new Map(searches.flatMap(({ servers }) => servers).map((each) => [each.id, each]));
  const old = new Set(before?.map(({ id }) => id));
  const servers = [...found.values()].map(({ id, where, what }): ReportedServer => {
    const isKnown = register !== undefined && isRegistered(register, what);
    return {
      id,
      where,
      what,
      state: isKnown ? 'registered' : 'unknown',
      change: before === undefined ? 'first report' : old.has(id) ? 'known' : 'new',
    };
  });
  return {
    portcullis: 'evidence/1',
    kind: 'discovery-report',
    date,
    by,
    register: registerName,
    searched: searches.flatMap(({ searched }) => searched),
    servers: servers.toSorted((a, b) =>
      a.state === b.state ? (a.where < b.where ? -1 : 1) : a.state === 'unknown' ? -1 : 1,
    ),
    gone: (before ?? []).filter(({ id }) => !found.has(id)).map(({ what, where }) => `${what} (${where})`),
    unread: searches.flatMap(({ unread }) => unread),
  };
}

/**
 * The servers of a report that was saved.
 * @throws TypeError when it is none.
 */
export function readReport(root: Located): readonly FoundServer[] {
  const { faults } = readFields(rule.record.fields, root);
  if (textOf(member(root, 'kind')) !== rule.record.kind || faults.length > 0)
    throw new TypeError(`it is no report of portcullis discover${faults.length === 0 ? '' : `: ${faults[0] ?? ''}`}`);
  return itemsOf(member(root, 'servers')).map((each) => ({
    id: textOf(member(each, 'id')) ?? '',
    where: textOf(member(each, 'where')) ?? '',
    what: textOf(member(each, 'what')) ?? '',
  }));
}
