import type { JsonObject } from '../../protocol/json.ts';
import { neutralise } from '../../text/neutralise.ts';
import type { AuditRule, Hit, RuleMeta } from '../model.ts';
import { isServing, unknown } from '../live/live-rule.ts';
import type { LiveSubject } from '../live/subject.ts';
import { nameOf, someOf } from './tools.ts';

/** What a rule kept of the tools that a server lists. */
export interface ListedTools {
  readonly count: number;
  readonly isServing: boolean;
  readonly bad: readonly { readonly tool: string; readonly what: string }[];
}

const MOST = 200;
const LONGEST = 200;

/**
 * A rule about what a server says of its tools: no tool is called, and all that are alike are one finding.
 * @param find What is wrong with a tool, in a few words each; those words tell findings apart.
 */
export function toolSurfaceRule(
  meta: RuleMeta,
  find: (tool: JsonObject) => readonly { readonly kind: string; readonly what: string }[],
): AuditRule<LiveSubject, ListedTools> {
  return {
    kind: 'live',
    meta,
    async gather(subject) {
      const { surface } = subject;
      if (surface.tools.length === 0) return undefined;
      const bad = surface.tools.flatMap((tool) =>
        find(tool).map(({ kind, what }) => ({
          tool: nameOf(tool),
          what: neutralise(`${kind}\n${what}`).slice(0, LONGEST),
        })),
      );
      return { count: surface.tools.length, isServing: await isServing(subject), bad: bad.slice(0, MOST) };
    },
    judge({ count, isServing: serves, bad }) {
      if (bad.length === 0 && !serves) return unknown('a right request is not served any more');
      if (bad.length === 0) return { status: 'pass', why: `${meta.title}: ${count} tools`, hits: [] };
      const byKind = Map.groupBy(bad, ({ what }) => what.split('\n')[0] ?? '');
      const hits = [...byKind].map(([kind, all]): Hit => {
        const tools = [...new Set(all.map(({ tool }) => tool))];
        const first = all[0]?.what.split('\n')[1] ?? '';
        return {
          message: `${tools.length} of ${count} tools: ${kind}`,
          place: { exchange: 'tools/list' },
          evidence: `${someOf(tools)}${first === '' ? '' : ` (${first})`}`,
        };
      });
      const tools = new Set(bad.map(({ tool }) => tool));
      return { status: 'fail', why: `${meta.failure}: ${tools.size} of ${count} tools`, hits };
    },
  };
}
