import * as z from 'zod';
import { http, PublicError, sql, tool, type Tool } from '../../../src/index.ts';
import { Paragraph, TicketId } from './fields.ts';
import { isTicket } from './tickets.ts';

const MAIL = 'mail.desk.example';
const HELP = 'help.desk.example';

export const reply: Tool = tool({
  name: 'reply',
  description: 'Answer the customer who opened a ticket, by mail.',
  input: z.strictObject({ ticket: TicketId, text: Paragraph }),
  output: z.strictObject({ sent: z.boolean() }),
  scope: 'desk:reply',
  effect: 'write',
  needs: { db: sql('desk', 'read'), mail: http([MAIL], { methods: ['POST'] }) },
  flow: { sends: ['outside'] },
  record: { ticket: 'clear' },
  authorize: ({ ticket }, { db }) => isTicket(db, ticket),
  async run({ ticket, text }, { mail }) {
    const answer = await mail.post(`https://${MAIL}/messages`, { json: { ticket, text } });
    if (answer.status !== 202) throw new PublicError('The mail was not taken.');
    return { sent: true };
  },
});

export const readArticle: Tool = tool({
  name: 'read_article',
  description: 'Read an article of the public help pages.',
  input: z.strictObject({ article: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/) }),
  output: z.strictObject({ text: z.string().max(20_000) }),
  scope: 'desk:read',
  effect: 'read',
  needs: { help: http([HELP], { methods: ['GET'] }) },
  flow: { gives: ['untrusted'] },
  samples: [{ article: 'returns' }],
  async run({ article }, { help }) {
    const answer = await help.get(`https://${HELP}/articles/${article}`);
    if (answer.status !== 200) throw new PublicError('There is no such article.');
    return { text: answer.text() };
  },
});
