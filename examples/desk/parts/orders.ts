import * as z from 'zod';
import { http, PublicError, tool, type Tool } from '../../../src/index.ts';
import { Line, OrderId } from './fields.ts';

const HOST = 'orders.desk.example';
const Order = z.strictObject({ id: OrderId, status: Line, cents: z.int().min(0).max(10_000_000) });

/** The shop's own order system: its key is put on by `http`, and nothing that goes there leaves the house. */
export const orderStatus: Tool = tool({
  name: 'order_status',
  description: 'Look an order up.',
  input: z.strictObject({ order: OrderId }),
  output: Order,
  scope: 'desk:read',
  effect: 'read',
  needs: { orders: http([HOST], { methods: ['GET'] }) },
  flow: { gives: ['private'], sends: [] },
  record: { order: 'clear' },
  samples: [{ order: 'ord-77' }],
  authorize: () => true,
  async run({ order }, { orders }) {
    const answer = await orders.get(`https://${HOST}/orders/${order}`);
    if (answer.status === 404) throw new PublicError('There is no such order.');
    return Order.parse(answer.json());
  },
});

export const refund: Tool = tool({
  name: 'refund',
  description: 'Give money back for an order. The person who is signed in has to approve it.',
  input: z.strictObject({ order: OrderId, cents: z.int().min(1).max(100_000), reason: Line }),
  output: z.strictObject({ refunded: z.int().max(10_000_000) }),
  scope: 'desk:refund',
  effect: 'destructive',
  needs: { orders: http([HOST], { methods: ['POST'] }) },
  flow: { sends: [] },
  record: { order: 'clear', cents: 'clear' },
  authorize: () => true,
  async run({ order, cents, reason }, { orders }) {
    const answer = await orders.post(`https://${HOST}/orders/${order}/refunds`, { json: { cents, reason } });
    if (answer.status !== 201) throw new PublicError('The order system refused the refund.');
    return { refunded: cents };
  },
});
