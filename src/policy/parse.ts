import type { DetailedError, PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { nearest } from '../options.ts';
import { hasHidden } from '../text/neutralise.ts';
import type { Cedar } from './cedar.ts';
import type { PolicyFile } from './files.ts';
import { PolicyError, placeOf, type PolicyProblem } from './problem.ts';

/** One policy, with what its annotations ask. */
export interface PolicyUnit {
  /** Its `@id`, or `file:line`, with the column where it does not begin its line. */
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** Offset of its text in the file, in bytes of UTF-8. */
  readonly offset: number;
  readonly text: string;
  readonly json: PolicyJson;
  readonly effect: 'permit' | 'forbid';
  /** The scope that lifts it. */
  readonly scope: string | undefined;
  /** Who can lift it. */
  readonly approval: 'person' | 'page' | undefined;
  /** A sentence for the caller. */
  readonly reason: string | undefined;
}

const ANNOTATIONS = ['id', 'scope', 'approval', 'reason', 'description'] as const;
const LONGEST_REASON = 300;

/**
 * Parses files into policies.
 * @throws PolicyError with one line per fault.
 */
export function parsePolicies(cedar: Cedar, files: readonly PolicyFile[]): readonly PolicyUnit[] {
  const problems: PolicyProblem[] = [];
  const units = files.flatMap((file) => parseFile(cedar, file, problems));
  const seen = new Map<string, PolicyUnit>();
  for (const unit of units) {
    const twin = seen.get(unit.id);
    if (twin !== undefined)
      problems.push({
        file: unit.file,
        line: unit.line,
        column: 1,
        message: `@id("${unit.id}") is that of ${twin.file}:${twin.line} as well. Give each its own.`,
      });
    seen.set(unit.id, unit);
  }
  if (problems.length > 0) throw new PolicyError(problems);
  return units;
}

function parseFile(cedar: Cedar, { name, text }: PolicyFile, problems: PolicyProblem[]): readonly PolicyUnit[] {
  const add = (offset: number, message: string): void =>
    void problems.push({ file: name, ...placeOf(text, offset), message });
  const parts = cedar.policySetTextToParts(text);
  if (parts.type === 'failure') {
    for (const error of parts.errors) add(startOf(error), messageOf(error));
    return [];
  }
  for (const template of parts.policy_templates)
    add(offsetIn(text, template, new Set()), 'templates (?principal, ?resource) are not used here. Write a policy.');
  const taken = new Set<number>();
  return parts.policies
    .map((part) => ({ part, offset: offsetIn(text, part, taken) }))
    .toSorted((a, b) => a.offset - b.offset)
    .flatMap(({ part, offset }) => {
      const json = cedar.policyToJson(part);
      if (json.type === 'failure') {
        for (const error of json.errors) add(offset + startOf(error), messageOf(error));
        return [];
      }
      const { line, column } = placeOf(text, offset);
      const id = column === 1 ? `${name}:${line}` : `${name}:${line}:${column}`;
      return [readUnit({ id, file: name, line, offset }, part, json.json, (message) => add(offset, message))];
    });
}

/** The engine gives the texts of policies without their places. */
function offsetIn(text: string, part: string, taken: Set<number>): number {
  let at = text.indexOf(part);
  while (at >= 0 && taken.has(at)) at = text.indexOf(part, at + 1);
  taken.add(at);
  return at < 0 ? 0 : Buffer.byteLength(text.slice(0, at));
}

function readUnit(
  place: Pick<PolicyUnit, 'id' | 'file' | 'line' | 'offset'>,
  text: string,
  json: PolicyJson,
  refuse: (message: string) => void,
): PolicyUnit {
  const annotations = new Map(Object.entries(json.annotations ?? {}));
  for (const name of annotations.keys()) {
    if (ANNOTATIONS.some((known) => known === name)) continue;
    const near = nearest(name, ANNOTATIONS, Number.POSITIVE_INFINITY);
    refuse(`there is no annotation @${name}. Did you mean @${near ?? 'id'}?`);
  }
  if (annotations.get('id')?.startsWith('portcullis:') === true)
    refuse('@id: names that begin with portcullis: are taken.');
  const [scope, approval, reason] = ['scope', 'approval', 'reason'].map((name) => annotations.get(name));
  if ((scope !== undefined || approval !== undefined) && json.effect === 'permit')
    refuse('@scope and @approval belong on a forbid: they say what lifts it.');
  if (scope !== undefined && approval !== undefined) refuse('say @scope or @approval, not both. Write two policies.');
  if (scope !== undefined && !/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/.test(scope))
    refuse('@scope: name one scope, such as @scope("refunds:large").');
  if (approval !== undefined && approval !== 'person' && approval !== 'page')
    refuse('@approval: say @approval("person") or @approval("page").');
  if (reason !== undefined && (reason.length > LONGEST_REASON || hasHidden(reason)))
    refuse(`@reason: write one sentence of at most ${LONGEST_REASON} characters that everybody may read.`);
  return {
    ...place,
    id: annotations.get('id') ?? place.id,
    text,
    json,
    effect: json.effect,
    scope,
    approval: approval === 'person' || approval === 'page' ? approval : undefined,
    reason,
  };
}

/** Where an error of the engine begins, in bytes. */
export function startOf({ sourceLocations }: DetailedError): number {
  return sourceLocations?.[0]?.start ?? 0;
}

/** What an error of the engine says, with its hint. */
export function messageOf({ message, help, sourceLocations }: DetailedError): string {
  const label = sourceLocations?.[0]?.label;
  const hint = help ?? label ?? undefined;
  const first = message.replace(/^failed to parse policies from string: /, '');
  return `${first}${hint === undefined ? '' : ` (${hint})`}.`.replace(/\.+$/, '.');
}
