import * as z from 'zod';
import { PublicError, sql, type SqlReader, tool, type Tool } from '../../../src/index.ts';
import { CustomerId, Line } from './fields.ts';

const Profile = z.strictObject({ id: CustomerId, name: Line, email: z.email().max(200), card: Line, status: Line });

async function isCustomer(db: SqlReader, id: string): Promise<boolean> {
  return (await db.get`select 1 from customers where id = ${id}`) !== undefined;
}

export const customerProfile: Tool = tool({
  name: 'customer_profile',
  description: 'Read name, e-mail address and card of a customer.',
  input: z.strictObject({ customer: CustomerId }),
  output: Profile,
  scope: 'desk:read',
  effect: 'read',
  needs: { db: sql('desk', 'read') },
  flow: { gives: ['private'] },
  record: { customer: 'hash' },
  samples: [{ customer: 'cus-1001' }],
  authorize: ({ customer }, { db }) => isCustomer(db, customer),
  async run({ customer }, { db }) {
    const found = await db.get<z.infer<typeof Profile>>`
      select id, name, email, 'ends in ' || card_last4 as card, status from customers where id = ${customer}`;
    if (found === undefined) throw new PublicError('The customer was deleted meanwhile.');
    return found;
  },
});

export const closeAccount: Tool = tool({
  name: 'close_account',
  description: 'Close the account of a customer for good.',
  input: z.strictObject({ customer: CustomerId, reason: Line }),
  output: z.strictObject({ closed: z.boolean() }),
  scope: 'desk:close',
  effect: 'critical',
  needs: { db: sql('desk', 'write') },
  record: { customer: 'hash' },
  authorize: ({ customer }, { db }) => isCustomer(db, customer),
  async run({ customer }, { db }) {
    const { changes } = await db.run`update customers set status = 'closed' where id = ${customer}`;
    return { closed: changes === 1 };
  },
});
