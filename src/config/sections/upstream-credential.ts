import * as z from 'zod';
import type { CredentialOptions } from '../../gateway/credentials/options.ts';

const line = (most: number): z.ZodString => z.string().min(1).max(most);
const secret = (says: string): z.ZodString => line(64).describe(says);
const address = (says: string): z.ZodString =>
  line(2048)
    .regex(/^https?:\/\/[^\s?#@]+$/, 'Give a plain URL, without user, query or fragment.')
    .describe(says);

const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,128}$/, 'A scope is one word.');
const scopes = z.array(scope).min(1).max(64).describe('The scopes that are asked for, and no others are taken.');

const client = {
  clientSecret: secret('Name of the secret that is the password of the gateway as a client.').exactOptional(),
  clientKey: secret('Name of the secret that is its private key, PEM or JWK, for private_key_jwt.').exactOptional(),
};

const token = {
  resource: address('What the upstream is called at its authorization server; its URL when left out.').exactOptional(),
  audience: line(2048).describe('Audience of its tokens, where it is not the resource.').exactOptional(),
};

const issuer = address('Issuer of the authorization server; what the metadata of the upstream names when left out.');
const clientId = line(2048).describe('Id of the gateway as a client there.');

/** At most one way to prove who the client is; a password needs to know where it goes. */
function checkClient(
  value: { readonly clientSecret?: string; readonly clientKey?: string; readonly issuer?: string },
  context: { addIssue(issue: { code: 'custom'; message: string; path: string[] }): void },
): void {
  const { clientSecret, clientKey } = value;
  if (clientSecret !== undefined && clientKey !== undefined)
    context.addIssue({
      code: 'custom',
      message: 'Give a clientSecret or a clientKey, and not both.',
      path: ['clientKey'],
    });
  if (clientSecret !== undefined && value.issuer === undefined)
    context.addIssue({
      code: 'custom',
      message: 'Write the issuer: otherwise the upstream says where the password goes.',
      path: ['clientSecret'],
    });
}

const fixed = z
  .strictObject({
    kind: z.literal('secret'),
    secret: secret('Name of a secret.'),
    header: line(64).exactOptional().describe('Header name; authorization when left out.'),
    scheme: line(32).exactOptional().describe('Put before the value; Bearer in authorization when left out.'),
  })
  .describe('A secret of the deployment, the same for every caller.');

const clientCredentials = z
  .strictObject({
    kind: z.literal('client-credentials'),
    clientId,
    ...client,
    issuer: issuer.exactOptional(),
    scopes: scopes.exactOptional(),
    ...token,
  })
  .superRefine((value, context) => {
    checkClient(value, context);
    if (value.clientSecret === undefined && value.clientKey === undefined)
      context.addIssue({ code: 'custom', message: 'Give a clientSecret or a clientKey.', path: ['clientId'] });
  })
  .describe("A token of the gateway's own, the same for every caller.");

const assertion = z
  .strictObject({
    kind: z.literal('assertion'),
    key: secret('Name of the secret that is the private key, PEM or JWK: P-256, Ed25519 or RSA.'),
    issuer: address('Who signs; the URL of the gateway when left out.').exactOptional(),
    audience: line(2048).describe('Whom it is for; the URL of the upstream when left out.').exactOptional(),
  })
  .describe('An assertion about the caller with each request, good for a minute, for an upstream that verifies it.');

const login = z
  .strictObject({
    kind: z.literal('login'),
    pinWith: secret(
      'Name of a secret with a token to look at the upstream with, where nobody has signed in yet.',
    ).exactOptional(),
    clientId: clientId
      .describe('Id of the gateway as a client there; its metadata document when left out.')
      .exactOptional(),
    ...client,
    register: z
      .boolean()
      .exactOptional()
      .describe('Register the gateway as a client where the server takes no metadata document of one.'),
    issuer: issuer.exactOptional(),
    scopes: scopes.exactOptional(),
    ...token,
  })
  .superRefine((value, context) => {
    checkClient(value, context);
    const { register = false, clientId: known, clientSecret, clientKey } = value;
    if (register && (known ?? clientSecret ?? clientKey) !== undefined)
      context.addIssue({
        code: 'custom',
        message: 'Who is registered by hand is not registered again: leave out "register".',
        path: ['register'],
      });
  })
  .describe("The caller's own login at the upstream, made in the browser and kept encrypted.");

const exchange = z
  .strictObject({
    kind: z.literal('exchange'),
    clientId,
    ...client,
    issuer: issuer.describe('Issuer of the authorization server that exchanges.'),
    scopes,
    subject: z
      .enum(['token', 'assertion'])
      .exactOptional()
      .describe('What proves the caller there: its own token, or an assertion that the gateway signs with key.'),
    key: secret('Name of the secret that is the private key of assertions.').exactOptional(),
    ...token,
  })
  .superRefine((value, context) => {
    checkClient(value, context);
    if ((value.subject === 'assertion') !== (value.key !== undefined))
      context.addIssue({ code: 'custom', message: 'subject: assertion and key belong together.', path: ['key'] });
    if (value.clientSecret === undefined && value.clientKey === undefined)
      context.addIssue({ code: 'custom', message: 'Give a clientSecret or a clientKey.', path: ['clientId'] });
  })
  .describe('A token that is exchanged for what proves the caller (RFC 8693).');

/** The member `credential` of an upstream behind a URL. */
export const upstreamCredential: z.ZodType<CredentialOptions> = z
  .discriminatedUnion('kind', [fixed, clientCredentials, assertion, login, exchange])
  .describe('What the upstream is sent to say who asks. The token of a client never goes there.');
