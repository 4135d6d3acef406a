import { reveal } from '../text/neutralise.ts';
import { fromJsonSchema, type StandardSchema } from '../schema/standard.ts';
import type { Draft } from './book.ts';
import { formLines } from './show.ts';

/** What a person answers: one choice that nothing answers in advance. */
export const DECISION_FORM: StandardSchema<unknown, unknown> = fromJsonSchema({
  type: 'object',
  properties: {
    approve: {
      type: 'boolean',
      title: 'Approve this one call',
      description: 'Say yes only if you want exactly this to happen. It is good for this call and no other.',
    },
  },
  required: ['approve'],
  additionalProperties: false,
});

/**
 * The framework's own text of a request for approval; no tool, argument or client writes any of it but the values, and
 * those stand on one line each with everything hidden shown.
 */
export function promptText(draft: Draft, serverName: string, approvalMs: number): string {
  const { target, party, reasons, binding } = draft;
  const title = target.title === undefined ? '' : ` (${line(target.title)})`;
  return [
    `${line(serverName)} asks for your approval.`,
    `${target.kind === 'tool' ? 'Tool' : target.kind}: ${line(target.name)}${title}`,
    `Effect: ${target.effect}`,
    'Arguments:',
    ...formLines(draft.arguments),
    `Asked by the client: ${line(party.client)}`,
    ...reasons.map((reason) => `Why you are asked: ${line(reason)}`),
    `Good for this one call, for ${spanOf(approvalMs)}. Reference ${binding.slice(0, 12)}`,
  ].join('\n');
}

/** The text beside the address of the approval page: nothing of the arguments goes through the client. */
export function pageText(draft: Draft, serverName: string): string {
  return `${line(serverName)} needs your approval of ${line(draft.target.name)}. Open the page, read what would run, and decide there.`;
}

/** A span in words. */
export function spanOf(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes >= 120) return `${Math.round(minutes / 60)} hours`;
  if (minutes >= 2) return `${minutes} minutes`;
  return ms >= 60_000 ? '1 minute' : `${Math.max(1, Math.round(ms / 1000))} seconds`;
}

/** Text that stays on its line, at a length that leaves room for the rest. */
function line(text: string): string {
  return reveal(text).replaceAll(/\s+/g, ' ').slice(0, 300);
}
