import * as z from 'zod';
import type { FlowsOptions } from '../../flows/matrix.ts';
import type { Act, Cell, TaintRow } from '../../pipeline/flows.ts';

/** The `flows` section. */
export interface FlowsSection {
  readonly matrix?: Readonly<Partial<Record<TaintRow, Readonly<Partial<Record<Act, Cell>>>>>>;
  readonly overlap?: boolean;
  readonly handles?: boolean;
  readonly idleMinutes?: number;
}

const cell = (does: string): z.ZodExactOptional<z.ZodType<Cell>> =>
  z
    .enum(['allow', 'ask', 'page', 'deny'])
    .describe(`${does}: allow, ask (the person, in the client), page (the person, on the approval page) or deny.`)
    .exactOptional();

const row = (read: string): z.ZodExactOptional<z.ZodType<Readonly<Partial<Record<Act, Cell>>>>> =>
  z
    .strictObject({
      query: cell('A look-up outside, without an effect'),
      outside: cell('A call that sends its arguments outside'),
      persistent: cell('A call that keeps its arguments'),
      write: cell('A call that changes data'),
      destructive: cell('A call that destroys data'),
      critical: cell('A call that cannot be undone'),
    })
    .describe(`What a task may do that has read ${read}.`)
    .exactOptional();

/** Schema of the `flows` section. */
export const flowsSection: z.ZodType<FlowsSection> = z
  .strictObject({
    matrix: z
      .strictObject({
        private: row('private data'),
        untrusted: row('what others may have written'),
        both: row('private data and what others may have written'),
      })
      .exactOptional()
      .describe('Rows by what a task has read, columns by what a call does. What is left out keeps its default.'),
    overlap: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether arguments that repeat what was read in private make a cell one step stricter; true when left out.',
      ),
    handles: z
      .boolean()
      .exactOptional()
      .describe('Whether clients may name tasks by handles of this server; false when left out.'),
    idleMinutes: z
      .int()
      .min(1)
      .max(1440)
      .exactOptional()
      .describe('Minutes without a call after which a task is forgotten; 30 when left out.'),
  })
  .describe('Where what a task has read may go.');

/** The section as the host takes it. */
export function flowsOf({ idleMinutes, ...rest }: FlowsSection): FlowsOptions {
  return { ...rest, ...(idleMinutes === undefined ? {} : { idle: `${idleMinutes}m` }) };
}
