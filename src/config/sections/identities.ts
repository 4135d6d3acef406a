import * as z from 'zod';
import type { IdentityOptions } from '../../pipeline/identities.ts';

const line = (most: number): z.ZodString => z.string().min(1).max(most);

/** Agents, jobs and servers that may call; where the section is, no other client may. */
export const identitiesSection: z.ZodType<Readonly<Record<string, IdentityOptions>>> = z
  .record(
    z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
    z
      .strictObject({
        client: line(2048).describe('Its OAuth client id, as its tokens have it.'),
        issuer: line(2048).exactOptional().describe('The issuer of its tokens; any that is configured when left out.'),
        subject: line(512)
          .exactOptional()
          .describe('The one subject that it comes as, where it acts in its own name; any user when left out.'),
        owner: line(256).describe('Who answers for it.'),
        scopes: z.array(line(128)).min(1).max(256).describe('What it may use at most, whatever its tokens say.'),
        until: z
          .string()
          .regex(/^\d{4}-\d{2}-\d{2}$/, 'Give a day, such as 2027-06-30.')
          .describe('Its last day.'),
      })
      .describe('One agent, job or server.'),
  )
  .describe('Clients that may call, by a name of lower-case letters, digits and -. No other may where this is.');
