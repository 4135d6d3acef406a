import type { CodeSubject, Flow, FlowKind, Spot } from './code/facts.ts';
import type { AuditRule, Confidence, Hit, Judgement, Place, RuleMeta } from './model.ts';

/** What a rule about code looked at, and what it may have to say something about. */
export interface CodeGathered<T> {
  /** How many things were looked at: handlers, calls or files. */
  readonly seen: number;
  readonly facts: readonly T[];
}

/** A rule about code. */
export interface CodeRule<T> extends AuditRule<CodeSubject, CodeGathered<T>> {
  gather(subject: CodeSubject): CodeGathered<T> | undefined;
  judge(gathered: CodeGathered<T>): Judgement;
}

/**
 * Makes a rule about code.
 * @param pick What it looks at; `undefined` where the target has nothing of the kind.
 * @param hitsOf What is wrong with one of the facts.
 */
export function codeRule<T>(
  meta: RuleMeta,
  pick: (subject: CodeSubject) => CodeGathered<T> | undefined,
  hitsOf: (fact: T) => readonly Hit[],
): CodeRule<T> {
  return {
    kind: 'code',
    meta,
    gather: pick,
    judge({ seen, facts }) {
      if (seen === 0) return { status: 'unknown', why: 'no handler of a tool was recognised in the code', hits: [] };
      const hits = facts.flatMap((fact) => hitsOf(fact));
      if (hits.length === 0) return { status: 'pass', why: `${meta.title}: ${seen} looked at`, hits };
      return { status: 'fail', why: `${meta.failure}: ${hits.length} found`, hits };
    },
  };
}

/**
 * Makes a rule about what comes from handlers and arrives somewhere.
 * @param isMeant Which of the flows of these kinds it is about; without it all of them.
 */
export function flowRule(
  meta: RuleMeta,
  kinds: readonly FlowKind[],
  hitOf: (flow: Flow) => Omit<Hit, 'place'>,
  isMeant: (flow: Flow, subject: CodeSubject) => boolean = () => true,
): CodeRule<Flow> {
  return codeRule<Flow>(
    meta,
    (subject) =>
      handled(
        subject,
        subject.flows.filter((flow) => kinds.includes(flow.kind) && isMeant(flow, subject)),
      ),
    (flow) => [{ ...hitOf(flow), place: placeAt(flow), confidence: confidenceOf(flow, meta.confidence) }],
  );
}

/** Facts about handlers: they say nothing of code that has none, unless it is a server of which none was recognised. */
export function handled<T>(subject: CodeSubject, facts: readonly T[]): CodeGathered<T> | undefined {
  const seen = Math.max(subject.handlers.length, facts.length);
  const isServer = subject.calls.some(({ symbol }) =>
    /^(?:@modelcontextprotocol\/(?:sdk\/)?server|mcp\.server|fastmcp|mcp-handler)/.test(symbol),
  );
  return seen > 0 || isServer ? { seen, facts } : undefined;
}

/** Sure only where the whole way was seen, and no check stands in it that is not understood. */
export function confidenceOf(
  { isGuarded, isKept, isSure, isBuilt }: Pick<Flow, 'isGuarded' | 'isKept' | 'isSure' | 'isBuilt'>,
  most: Confidence = 'high',
): Confidence {
  const doubts = [!isSure, isGuarded, isKept === true, isBuilt].filter(Boolean).length;
  const levels = ['high', 'medium', 'low'] as const;
  return levels[Math.min(2, levels.indexOf(most) + doubts)] ?? 'low';
}

/** Where a fact is. */
export function placeAt({ file, line, column }: Spot): Place {
  return { file, line, column };
}

/** What arrives, in words: `"url" of the tool "fetch"`. */
export function sourceText({ source }: Pick<Flow, 'source'>): string {
  const name = source.name === '' ? 'an argument' : `"${source.name}"`;
  return source.handler === undefined || source.handler === ''
    ? `${name} of a caller`
    : `${name} of "${source.handler}"`;
}
