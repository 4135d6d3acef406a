import * as z from 'zod';
import type { LeakOptions } from '../../leaks/options.ts';

const action = z.enum(['allow', 'mask', 'hash', 'refuse']);

const personal = {
  email: action.exactOptional().describe('E-mail addresses; allow when left out.'),
  phone: action.exactOptional().describe('Phone numbers in international form; allow when left out.'),
  iban: action.exactOptional().describe('Bank accounts (IBAN); allow when left out.'),
  card: action.exactOptional().describe('Numbers of payment cards; allow when left out.'),
  nationalId: action
    .exactOptional()
    .describe('National ids that have a check digit or a fixed form; allow when left out.'),
};

/** What is done about what looks like a credential or like personal data in answers. */
export const leaksSection: z.ZodType<LeakOptions> = z
  .strictObject({
    credentials: z
      .enum(['mask', 'hash', 'refuse'])
      .exactOptional()
      .describe('Keys, tokens and passwords by their shape; mask when left out.'),
    ...personal,
    tools: z
      .record(
        z.string().min(1).max(128),
        z.strictObject({
          credentials: action.exactOptional().describe('As above; allow for a tool that has to give credentials.'),
          ...personal,
          markup: z
            .enum(['inert', 'allow'])
            .exactOptional()
            .describe('Markup that acts or loads; inert for tools that give untrusted text when left out.'),
        }),
      )
      .exactOptional()
      .describe('What is different for single tools, by their name.'),
  })
  .describe('What is done about leaks in answers: mask, hash, refuse, or allow. Secrets of this server never leave.');
