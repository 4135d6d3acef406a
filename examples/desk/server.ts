import { server, type ServerDefinition } from '../../src/index.ts';
import { readAttachment } from './parts/attachments.ts';
import { closeAccount, customerProfile } from './parts/customers.ts';
import { orderStatus, refund } from './parts/orders.ts';
import { readArticle, reply } from './parts/outside.ts';
import { addNote, readTicket, searchTickets } from './parts/tickets.ts';

/** A help desk: tickets that strangers wrote, customers' data, money, and the world outside. */
const desk: ServerDefinition = server({
  name: 'desk',
  version: '1.0.0',
  title: 'Help desk',
  instructions: 'Tickets, customers and orders of a shop. Tickets and attachments are written by customers.',
  tools: [
    searchTickets,
    readTicket,
    readAttachment,
    addNote,
    customerProfile,
    orderStatus,
    readArticle,
    reply,
    refund,
    closeAccount,
  ],
  scopes: {
    'desk:read': 'Read tickets, customers and orders',
    'desk:reply': 'Write notes and answer customers',
    'desk:refund': 'Give money back',
    'refunds:large': 'Give more than 500.00 back',
    'desk:close': 'Close accounts of customers',
  },
});

export default desk;
