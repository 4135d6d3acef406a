import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { leaveNote, grantEvent } from '../approvals/grant-record.ts';
import { createGrantBook, type Grant, type GrantBook } from '../approvals/grants.ts';
import { spanOf } from '../approvals/prompt.ts';
import { placesOf } from '../config/places.ts';
import { type ConfigFile, readConfig } from '../config/read.ts';
import { loadRootKeys } from '../config/root-keys.ts';
import { principalId } from '../identity/principal-id.ts';
import { isScopeToken } from '../identity/scopes.ts';
import { createSealer, type Sealer } from '../pipeline/seal.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import type { Store } from '../stores/store.ts';
import { toMilliseconds, type Duration } from '../text/duration.ts';
import { neutralise } from '../text/neutralise.ts';
import { Mistake } from './mistake.ts';

/** What `portcullis grant` asks for. */
interface GrantOptions {
  readonly config: string;
  readonly principal: string;
  readonly scope: readonly string[];
  readonly for: string;
  readonly reason: string;
  readonly ticket: string;
  readonly issuer?: string;
  readonly tenant?: string;
}

const MOST_MS = 24 * 3_600_000;
const MOST_TEXT = 300;

/** Enters `portcullis grant`, `grants` and `revoke`. */
export function addGrants(program: Command): void {
  program
    .command('grant')
    .description('ask for more scopes for someone, for a while; somebody else approves it on the approval page')
    .requiredOption('--principal <subject>', 'whom it is for: the subject of their tokens')
    .requiredOption('--scope <name...>', 'scopes')
    .requiredOption('--for <time>', 'how long it is good for once approved: 30m, 2h; 24h at most')
    .requiredOption('--reason <text>', 'why it is needed')
    .requiredOption('--ticket <id>', 'where that is written down')
    .requiredOption('--config <file>', 'configuration file')
    .option('--issuer <url>', 'issuer of their tokens; the one in the file when there is one')
    .option('--tenant <name>', 'their tenant, where the tokens name one')
    .action((options: GrantOptions) => ask(options));
  program
    .command('grants')
    .description('list the grants that wait, are good, or have ended within a day')
    .requiredOption('--config <file>', 'configuration file')
    .option('--json', 'one JSON object a line')
    .action((options: { readonly config: string; readonly json?: boolean }) => list(options));
  program
    .command('revoke')
    .description('end a grant now')
    .argument('<id>', 'the id of the grant')
    .requiredOption('--config <file>', 'configuration file')
    .action((id: string, { config }: { readonly config: string }) => revoke(id, config));
}

interface Open {
  readonly source: ConfigFile;
  readonly store: Store;
  readonly sealer: Sealer;
  readonly book: GrantBook;
}

/** Works on the state of a configuration, whether or not a server runs on it. */
async function withBook(file: string, work: (open: Open) => Promise<void>): Promise<void> {
  const source = await readConfig(file);
  const places = placesOf(source);
  if (places.store === undefined)
    throw new Mistake(`${file} keeps its state in memory, where no grant can be made. Use store: {kind: sqlite}.`);
  const sealer = createSealer(await loadRootKeys(places.rootKeys));
  const store = createSqliteStore({ file: places.store });
  try {
    await work({ source, store, sealer, book: createGrantBook(store, sealer) });
  } finally {
    await store.close();
  }
}

async function ask(options: GrantOptions): Promise<void> {
  const forMs = spanFrom(options.for);
  const [reason, ticket] = [line(options.reason, '--reason'), line(options.ticket, '--ticket')];
  const wrong = options.scope.find((scope) => !isScopeToken(scope));
  if (wrong !== undefined) throw new Mistake(`--scope: "${wrong}" is no scope.`);
  await withBook(options.config, async ({ source, store, sealer, book }) => {
    const issuer = options.issuer ?? source.config.auth?.issuers[0]?.issuer;
    if (issuer === undefined) throw new Mistake(`${options.config} names no issuer. Say which with --issuer <url>.`);
    const { principal: subject, tenant } = options;
    const id = principalId(issuer, tenant, subject);
    const party = { id, issuer, subject, ...(tenant === undefined ? {} : { tenant }) };
    const requestedBy = userInfo().username;
    const grant = await book.request({ party, scopes: options.scope, forMs, reason, ticket, requestedBy });
    await leaveNote(store, sealer, grantEvent(grant, 'requested', `by ${requestedBy}: ${reason} (${ticket})`));
    process.stdout.write(
      `grant ${grant.id}: ${options.scope.join(' ')} for ${subject}, ${spanOf(forMs)} once it is approved.\n` +
        `An approver other than ${subject} decides at ${pageOf(source)}?grant=${grant.id}\n`,
    );
  });
}

async function list({ config, json = false }: { readonly config: string; readonly json?: boolean }): Promise<void> {
  await withBook(config, async ({ book }) => {
    const grants = (await book.list()).toSorted((a, b) => a.created - b.created);
    if (json) for (const grant of grants) process.stdout.write(`${JSON.stringify(grant)}\n`);
    else if (grants.length === 0) process.stdout.write('There are no grants.\n');
    else for (const grant of grants) process.stdout.write(`${describe(grant)}\n`);
  });
}

async function revoke(id: string, config: string): Promise<void> {
  await withBook(config, async ({ store, sealer, book }) => {
    const ended = await book.revoke(id);
    if (ended === undefined) throw new Mistake(`there is no grant ${id} that waits or is good.`);
    await leaveNote(store, sealer, grantEvent(ended, 'revoked', `by ${userInfo().username}`));
    process.stdout.write(`grant ${id} is revoked.\n`);
  });
}

function describe({ id, state, party, scopes, until, expires, ticket, decided }: Grant): string {
  const now = Date.now();
  const end = until ?? expires;
  const stands = end <= now && (state === 'active' || state === 'pending') ? 'expired' : state;
  const by = decided === undefined ? '' : `  by ${decided.subject}`;
  return `${id}  ${stands.padEnd(8)}  ${party.subject}  ${scopes.join(' ')}  until ${new Date(end).toISOString()}  ${ticket}${by}`;
}

function spanFrom(text: string): number {
  let ms: number;
  try {
    ms = toMilliseconds(text as Duration, '--for');
  } catch (error) {
    throw new Mistake(error instanceof Error ? error.message : String(error));
  }
  if (ms > MOST_MS) throw new Mistake('--for: a grant is good for 24h at most. Ask again when it has ended.');
  return ms;
}

function line(text: string, option: string): string {
  const plain = neutralise(text).replaceAll(/\s+/g, ' ').trim();
  if (plain === '' || plain.length > MOST_TEXT) throw new Mistake(`${option}: give 1 to ${MOST_TEXT} characters.`);
  return plain;
}

function pageOf({ config: { approvals, http } }: ConfigFile): string {
  if (approvals?.page !== undefined) return approvals.page;
  const origin = http?.publicUrl === undefined ? undefined : URL.parse(http.publicUrl)?.origin;
  return `${origin ?? ''}/approvals`;
}
