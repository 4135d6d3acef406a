import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import type { PostgresSource, SourceOptions } from '../../capabilities/capability.ts';

/** One source as it is written: an SQLite file, or a PostgreSQL database. */
export interface SourceSection {
  readonly file?: string;
  readonly schema?: string;
  readonly postgres?: PostgresSection;
}

/** A PostgreSQL database as it is written: the certificate of its authority is a file. */
export type PostgresSection = PostgresSource['postgres'];

const text = (most: number): z.ZodString => z.string().min(1).max(most);
const path = (what: string): z.ZodString =>
  text(1024).describe(`${what} A relative path is taken from the folder of this file.`);

const postgres: z.ZodType<PostgresSection> = z
  .strictObject({
    host: text(255).exactOptional().describe('Host name or address; 127.0.0.1 when left out.'),
    socket: text(1024).exactOptional().describe("Absolute folder of the server's Unix socket, instead of a host."),
    port: z.int().min(1).max(65_535).exactOptional().describe('Port; 5432 when left out.'),
    database: text(63).describe('Name of the database.'),
    user: text(63).describe('Role to log in as: one that can do what the tools need, and no more.'),
    password: text(64).exactOptional().describe('Name of the secret that is the password.'),
    tls: z
      .union([z.boolean(), z.strictObject({ ca: path("PEM file of the authority of the server's certificate.") })])
      .exactOptional()
      .describe("true verifies the server by the system's authorities; {ca: file} by its own."),
    connections: z
      .int()
      .min(1)
      .max(200)
      .exactOptional()
      .describe('Most connections of the tools that read, and of those that write; 10 when left out.'),
  })
  .describe('A PostgreSQL database.');

/** A database for `sql(name, ...)`. */
export const sourceSection: z.ZodType<SourceSection> = z
  .strictObject({
    file: path('The SQLite file.').exactOptional(),
    schema: path('SQL file that is run when the SQLite source is opened for writing.').exactOptional(),
    postgres: postgres.exactOptional(),
  })
  .refine(({ file, schema, postgres: other }) => other === undefined || (file === undefined && schema === undefined))
  .describe('A database for sql(name, ...): an SQLite file (file, schema) or postgres, not both.');

/**
 * The PostgreSQL source of a section, its certificate read.
 * @throws Error that says which file cannot be read.
 */
export async function openPostgresSection(config: string, { tls, ...rest }: PostgresSection): Promise<SourceOptions> {
  if (typeof tls !== 'object') return { postgres: tls === undefined ? rest : { ...rest, tls } };
  const file = resolve(dirname(resolve(config)), tls.ca);
  try {
    return { postgres: { ...rest, tls: { ca: await readFile(file, 'utf8') } } };
  } catch (error) {
    throw new Error(`${file} cannot be read. Check the path and its rights.`, { cause: error });
  }
}
