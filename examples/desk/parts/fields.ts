import * as z from 'zod';

/** Names of things of the desk: short, and of one shape each. */
export const TicketId: z.ZodString = z.string().regex(/^tic-[0-9]{1,9}$/);
export const CustomerId: z.ZodString = z.string().regex(/^cus-[0-9]{1,9}$/);
export const OrderId: z.ZodString = z.string().regex(/^ord-[0-9]{1,9}$/);
export const Line: z.ZodString = z.string().min(1).max(200);
export const Paragraph: z.ZodString = z.string().min(1).max(4_000);
