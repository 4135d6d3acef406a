import * as z from 'zod';
import type { ProviderSettings } from '../../secrets/provider-settings.ts';
import type { SecretOptions } from '../../secrets/secret.ts';

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;
const text = (most: number): z.ZodString => z.string().min(1).max(most);
const path = (what: string): z.ZodString =>
  text(1024).describe(`${what} A relative path is taken from the folder of this file.`);
const span = (what: string): z.ZodString =>
  z
    .string()
    .regex(/^\d{1,12}(?:\.\d{1,6})?(?:ms|s|m|h|d)$/)
    .describe(`${what} A number with ms, s, m, h or d.`);

/** Secrets by name. */
export const secretsSection: z.ZodType<Readonly<Record<string, SecretOptions>>> = z
  .record(
    z.string().regex(NAME),
    z.strictObject({
      from: text(1024).describe(
        'Where it is: file:/run/secrets/crm, age:crm.age, vault:secret/data/crm#token, aws:..., gcp:..., azure:..., and env:NAME while developing.',
      ),
      refresh: span('How often it is read again; 15m when left out. A file is also watched.').exactOptional(),
      overlap: span('How long the value before stays good after a rotation; 5m when left out.').exactOptional(),
      maxStale: span('How long the last value is used while it cannot be read; 1h when left out.').exactOptional(),
      maxAge: span('Age past which it is reported.').exactOptional(),
      owner: text(256).exactOptional().describe('Who answers for it.'),
    }),
  )
  .describe('Secrets by the name that the rest refers to: lower-case letters, digits, - and _.');

const mount = text(256)
  .regex(/^[A-Za-z0-9_/-]+$/)
  .exactOptional()
  .describe('Where that way of signing in is mounted; its own name when left out.');

/** Settings of the providers. Paths are as written. */
export const secretProvidersSection: z.ZodType<ProviderSettings> = z
  .strictObject({
    age: z
      .strictObject({ identity: path('File of identities, as age-keygen writes it, with mode 0600.') })
      .exactOptional()
      .describe('For age: secrets.'),
    vault: z
      .strictObject({
        address: text(2048).describe('Base URL of HashiCorp Vault: https, or http on loopback.'),
        namespace: text(256).exactOptional().describe('Namespace of Vault Enterprise.'),
        ca: path('PEM file of the authorities that its certificate may come from.').exactOptional(),
        auth: z
          .discriminatedUnion('kind', [
            z.strictObject({ kind: z.literal('token'), file: path('File of the token, as Vault Agent writes it.') }),
            z.strictObject({
              kind: z.literal('kubernetes'),
              role: text(256).describe('Role to sign in as.'),
              mount,
              file: path('File of the service account token; the usual place when left out.').exactOptional(),
            }),
            z.strictObject({
              kind: z.literal('approle'),
              role: text(256).describe('Role id.'),
              file: path('File of the secret id, with mode 0600.'),
              mount,
            }),
          ])
          .describe('How this server signs in: kind token, kubernetes or approle.'),
      })
      .exactOptional()
      .describe('For vault: secrets.'),
    aws: z
      .strictObject({
        region: text(64).exactOptional().describe('Region; that of the SDK when left out.'),
        endpoint: text(2048).exactOptional().describe('Endpoint; that of the SDK when left out.'),
      })
      .exactOptional()
      .describe('For aws: secrets (Secrets Manager).'),
    gcp: z
      .strictObject({
        project: text(128).exactOptional().describe('Project of references that name none.'),
        endpoint: text(2048).exactOptional().describe('Endpoint; that of the SDK when left out.'),
      })
      .exactOptional()
      .describe('For gcp: secrets (Secret Manager).'),
    azure: z
      .strictObject({ vaultUrl: text(2048).describe('https://<name>.vault.azure.net') })
      .exactOptional()
      .describe('For azure: secrets (Key Vault).'),
  })
  .describe('Settings of the places that secrets are read from.');

/** The name of the environment. */
export const environmentSection: z.ZodType<string> = z
  .string()
  .regex(NAME)
  .describe(
    'Name of this environment, such as staging; the profile when left out. Secrets are not shared with others.',
  );

/** The section `fingerprints`. Paths are as written. */
export interface FingerprintsSection {
  readonly others?: readonly string[];
}

/** Fingerprints of other environments. */
export const fingerprintsSection: z.ZodType<FingerprintsSection> = z
  .strictObject({
    others: z
      .array(path('A file that portcullis secrets fingerprints wrote in another environment.'))
      .max(32)
      .exactOptional()
      .describe('Files of fingerprints of other environments.'),
  })
  .describe('What tells whether another environment has the same secrets.');
