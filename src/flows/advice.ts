import type { Flow } from '../pipeline/catalog.ts';

/** A primitive, as far as advice on flows is concerned. */
export interface Advised {
  readonly name: string;
  readonly flow: Flow;
  /** Kinds of its needs. */
  readonly needs: readonly string[];
}

const PRIVATE =
  /mail|inbox|message|file|document|note|customer|account|invoice|ticket|calendar|event|contact|salary|record|patient|order|database|query|drive/i;
const READS = /read|get|list|search|find|show|fetch|load|open|query|lookup/i;
const UNTRUSTED =
  /web|url|page|browse|scrape|crawl|feed|inbox|mail|ticket|issue|comment|review|forum|pull.?request|upload/i;
const OUTSIDE =
  /send|post|publish|tweet|share|notify|webhook|upload|mail_to|email|export|forward|fetch|browse|search_web|web/i;

/**
 * Finds a set of tools that can be talked into carrying private data out, and of which none says what it gives: one
 * that seems to read what is private, one that seems to read what others write, and one that reaches the outside.
 */
export function adviseOnFlows(primitives: readonly Advised[]): string | undefined {
  if (primitives.some(({ flow }) => flow.gives.size > 0)) return undefined;
  const reads = ({ name, needs }: Advised): boolean =>
    READS.test(name) || needs.some((kind) => kind === 'sql' || kind === 'files');
  const first = (fits: (one: Advised) => boolean): string | undefined => primitives.find(fits)?.name;
  const inside = first(
    (one) => reads(one) && (PRIVATE.test(one.name) || one.needs.some((kind) => kind === 'sql' || kind === 'files')),
  );
  const hostile = first((one) => one.needs.includes('http') || (reads(one) && UNTRUSTED.test(one.name)));
  const out = first((one) => one.flow.sends.has('outside') || OUTSIDE.test(one.name));
  if (inside === undefined || hostile === undefined || out === undefined) return undefined;
  return (
    `flows: "${inside}" seems to give private data, "${hostile}" what others wrote, and "${out}" reaches the outside, ` +
    'and no tool says so: a hostile text can have the first sent by the last. Say what each gives and sends with "flow".'
  );
}
