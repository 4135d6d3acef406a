import * as z from 'zod';
import type { ApprovalOptions } from '../../approvals/rules.ts';

const text = (most: number): z.ZodString => z.string().min(1).max(most);

const approver = z.union([
  text(512).describe('A subject of the issuer.'),
  z
    .strictObject({
      claim: text(256).describe('Claim of the ID token.'),
      value: text(512).describe('The value that it has, or that is in its list.'),
    })
    .describe('Whoever has this value in this claim.'),
]);

/** The section `approvals`: where calls are approved out of band, and by whom. */
export const approvalsSection: z.ZodType<ApprovalOptions> = z
  .strictObject({
    issuer: text(2048)
      .exactOptional()
      .describe('OpenID Connect issuer at which people sign in to the approval page: the one of the access tokens.'),
    clientId: text(512)
      .exactOptional()
      .describe("The page's client at that issuer; its redirect URI is the address of the page with /callback."),
    clientSecret: text(64)
      .exactOptional()
      .describe('Name of the secret of that client; a public client when left out.'),
    page: text(2048)
      .exactOptional()
      .describe('Address of the page; /approvals at the origin of http.publicUrl when left out.'),
    approvers: z
      .array(approver)
      .max(256)
      .exactOptional()
      .describe('Who may decide for others: subjects, or {claim, value}. Everyone decides for themselves.'),
    separation: z
      .boolean()
      .exactOptional()
      .describe('Whether critical calls need somebody other than the one whose call it is.'),
    ttl: z
      .templateLiteral([z.number().min(0).max(1_000_000), z.enum(['ms', 's', 'm', 'h'])])
      .exactOptional()
      .describe('How long a request can be answered, and an approval used: 5m when left out.'),
  })
  .describe('Where calls are approved out of band, and by whom.');
