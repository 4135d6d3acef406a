import { randomUUID } from 'node:crypto';
import * as z from 'zod';
// In a project of your own: from 'portcullis'.
import { like, PublicError, sql, type SqlReader, tool, type Tool } from '../../../src/index.ts';
import { CustomerId, Line, Paragraph, TicketId } from './fields.ts';

const Summary = z.strictObject({ id: TicketId, subject: Line, status: Line });
const Ticket = z.strictObject({ ...Summary.shape, customer: CustomerId, body: Paragraph });

/** Whether there is such a ticket: the whole desk may see it. */
export async function isTicket(db: SqlReader, id: string): Promise<boolean> {
  return (await db.get`select 1 from tickets where id = ${id}`) !== undefined;
}

export const searchTickets: Tool = tool({
  name: 'search_tickets',
  description: 'Find tickets whose subject or text contains a phrase.',
  input: z.strictObject({ phrase: Line }),
  output: z.strictObject({ tickets: z.array(Summary).max(50) }),
  scope: 'desk:read',
  effect: 'read',
  needs: { db: sql('desk', 'read') },
  flow: { gives: ['untrusted'] },
  samples: [{ phrase: 'kettle' }],
  async run({ phrase }, { db }) {
    const tickets = await db.all<z.infer<typeof Summary>>`
      select id, subject, status from tickets
      where subject like ${like(phrase)} or body like ${like(phrase)} order by id limit 50`;
    return { tickets };
  },
});

export const readTicket: Tool = tool({
  name: 'read_ticket',
  description: 'Read a ticket as the customer wrote it.',
  input: z.strictObject({ ticket: TicketId }),
  output: Ticket,
  scope: 'desk:read',
  effect: 'read',
  needs: { db: sql('desk', 'read') },
  flow: { gives: ['untrusted'] },
  record: { ticket: 'clear' },
  samples: [{ ticket: 'tic-1' }],
  authorize: ({ ticket }, { db }) => isTicket(db, ticket),
  async run({ ticket }, { db }) {
    const found = await db.get<z.infer<typeof Ticket>>`
      select id, subject, status, customer_id as customer, body from tickets where id = ${ticket}`;
    if (found === undefined) throw new PublicError('The ticket was deleted meanwhile.');
    return found;
  },
});

export const addNote: Tool = tool({
  name: 'add_note',
  description: 'Add a note to a ticket that only the desk can read.',
  input: z.strictObject({ ticket: TicketId, body: Paragraph }),
  output: z.strictObject({ id: z.uuid() }),
  scope: 'desk:reply',
  effect: 'write',
  needs: { db: sql('desk', 'write') },
  flow: { sends: ['persistent'] },
  record: { ticket: 'clear' },
  authorize: ({ ticket }, { db }) => isTicket(db, ticket),
  async run({ ticket, body }, { db, principal }) {
    const id = randomUUID();
    await db.run`insert into notes (id, ticket_id, author, body) values (${id}, ${ticket}, ${principal.id}, ${body})`;
    return { id };
  },
});
