import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { leaveNote } from '../approvals/grant-record.ts';
import type { Lent } from '../capabilities/lent.ts';
import { placesOf } from '../config/places.ts';
import { type ConfigFile, readConfig } from '../config/read.ts';
import { loadRootKeys } from '../config/root-keys.ts';
import { secretsOf } from '../config/secrets.ts';
import { endLogin, revokeLogin } from '../gateway/credentials/end-login.ts';
import { createLogins, type Logins } from '../gateway/credentials/logins.ts';
import type { LoginCredential } from '../gateway/credentials/options.ts';
import { createParts } from '../gateway/credentials/parts.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import type { ConnectRuntime } from '../gateway/ready.ts';
import { isPrincipalId, principalId } from '../identity/principal-id.ts';
import { createSealer, type Sealer } from '../pipeline/seal.ts';
import { createRedactor } from '../record/redact.ts';
import { openVault } from '../secrets/vault.ts';
import { NO_RECORD } from '../server/no-record.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import type { Store } from '../stores/store.ts';
import { Mistake } from './mistake.ts';

interface Open {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly logins: Logins;
}

/** What an upstream is looked at with. */
export interface SignedIn {
  /** Id of the principal who has signed in there; empty for nobody. */
  readonly principal: string;
  readonly options: UpstreamOptions;
  readonly runtime: Pick<ConnectRuntime, 'store' | 'lent'>;
  close(): Promise<void>;
}

const NOBODY = { principal: '', runtime: {}, close: () => Promise.resolve() } as const;

/**
 * Takes up the login of a principal, to look at what an upstream offers; at one where nobody signs in, what is configured.
 * @throws Mistake when they have none.
 */
export async function signedIn(
  source: ConfigFile,
  upstream: string,
  options: UpstreamOptions,
  name: string | undefined,
  remember: (secret: string) => () => void,
): Promise<SignedIn> {
  const { credential, ...rest } = options;
  if (credential?.kind !== 'login') return { ...NOBODY, options };
  if (name === undefined) {
    // In its first look nobody has signed in yet.
    const { pinWith: secret } = credential;
    return {
      ...NOBODY,
      options: secret === undefined ? rest : { ...options, credential: { kind: 'secret', secret } },
    };
  }
  const principal = readPrincipal(name, source);
  const { store, sealer } = await openState(source);
  const held = await createLogins(store, sealer, upstream).find(principal);
  if (held === undefined) {
    await store.close();
    throw new Mistake(`${name} has not signed in at "${upstream}". Run: portcullis gateway login ${upstream} ${name}`);
  }
  const lent: Lent = {
    sealer,
    recorder: NO_RECORD,
    remember,
    resource: undefined,
    name: 'Portcullis',
    page: 'https://localhost/approvals',
    publish: () => undefined,
    serveLogin: () => undefined,
  };
  return {
    principal,
    // The client that it was made by, wherever the gateway is reached now.
    options: { ...options, credential: { ...credential, clientId: held.login.client } },
    runtime: { store, lent },
    close: async () => store.close(),
  };
}

/** Enters `portcullis gateway login` and `logout`. */
export function addGatewayLogin(gateway: Command, configOf: (command: Command) => string): void {
  gateway
    .command('login')
    .description('give the address at which somebody signs in at an upstream before their first call')
    .argument('<upstream>', 'id of the upstream')
    .argument('<principal>', 'id of the principal, or the subject of their tokens')
    .action((upstream: string, principal: string, _: object, command: Command) =>
      login(upstream, principal, configOf(command)),
    );
  gateway
    .command('logout')
    .description('end logins of users at an upstream, here and at its authorization server')
    .argument('<upstream>', 'id of the upstream')
    .argument('[principal]', 'id of the principal, or the subject of their tokens; everybody when left out')
    .action((upstream: string, principal: string | undefined, _: object, command: Command) =>
      logout(upstream, principal, configOf(command)),
    );
}

async function login(upstream: string, principal: string, config: string): Promise<void> {
  const source = await readConfig(config);
  optionsOf(source, upstream);
  await withLogins(source, upstream, async ({ logins }) => {
    const id = await logins.begin(readPrincipal(principal, source));
    if (id === undefined) throw new Mistake('that was asked for too often. Wait a minute.');
    say(`They sign in within ten minutes at ${pageOf(source)}?upstream=${id}`);
  });
}

async function logout(upstream: string, principal: string | undefined, config: string): Promise<void> {
  const source = await readConfig(config);
  const { url, options } = optionsOf(source, upstream);
  await withLogins(source, upstream, async ({ store, sealer, logins }) => {
    const whose = principal === undefined ? await logins.principals() : [readPrincipal(principal, source)];
    const redactor = createRedactor();
    const { secrets = {}, secretSettings = {} } = secretsOf(source);
    const named = [options.clientSecret, options.clientKey];
    const used = Object.fromEntries(Object.entries(secrets).filter(([name]) => named.includes(name)));
    const log = (line: string): void => void process.stderr.write(`${redactor.redact(line)}\n`);
    const { profile, hosts = {} } = source.config;
    const vault = await openVault(used, {
      profile,
      redactor,
      ...(secretSettings.folder === undefined ? {} : { folder: secretSettings.folder }),
      ...(secretSettings.providers === undefined ? {} : { providers: secretSettings.providers }),
      log,
    });
    const runtime = { profile, hosts, weakened: new Set<string>(), secrets: vault, log };
    const parts = createParts(upstream, url, options.issuer, runtime);
    try {
      let count = 0;
      for (const each of whose) {
        const ended = await endLogin(logins, each, (held) => revokeLogin(options, held, parts));
        if (ended === 'none') continue;
        count += 1;
        if (ended === 'untold') say(`${each}: ended here; the authorization server could not be told`);
        const detail = `login ended by ${userInfo().username}`;
        const what = { kind: 'grant', request: '-', target: upstream, principal: each, detail } as const;
        await leaveNote(store, sealer, { time: Date.now(), ...what });
      }
      say(`Ended ${count} ${count === 1 ? 'login' : 'logins'} at ${upstream}.`);
    } finally {
      await parts.outbound.close();
      await vault.close();
    }
  });
}

function optionsOf(
  { file, config }: ConfigFile,
  id: string,
): { readonly url: string; readonly options: LoginCredential } {
  const { url, credential } = (Object.hasOwn(config.upstreams ?? {}, id) ? config.upstreams?.[id] : undefined) ?? {};
  if (url !== undefined && credential?.kind === 'login') return { url, options: credential };
  throw new Mistake(`${file} has no upstream "${id}" at which users sign in ("credential: {kind: login}").`);
}

async function openState(source: ConfigFile): Promise<Pick<Open, 'store' | 'sealer'>> {
  const places = placesOf(source);
  if (places.store === undefined)
    throw new Mistake(
      `${source.file} keeps its state in memory, where logins end with the process. Use store: {kind: sqlite}.`,
    );
  if (!existsSync(places.store)) throw new Mistake(`there is no store in ${places.store}: nobody has signed in yet.`);
  const sealer = createSealer(await loadRootKeys(places.rootKeys));
  return { store: createSqliteStore({ file: places.store }), sealer };
}

async function withLogins(source: ConfigFile, upstream: string, work: (open: Open) => Promise<void>): Promise<void> {
  const { store, sealer } = await openState(source);
  try {
    await work({ store, sealer, logins: createLogins(store, sealer, upstream) });
  } finally {
    await store.close();
  }
}

function readPrincipal(name: string, { config }: ConfigFile): string {
  if (isPrincipalId(name)) return name;
  const [only, ...others] = config.auth?.issuers ?? [];
  if (only === undefined || others.length > 0 || only.tenantClaim !== undefined)
    throw new Mistake('give the id of the principal, as "principal" in the records of the audit log.');
  return principalId(only.issuer, undefined, name);
}

function pageOf({ config: { approvals, http } }: ConfigFile): string {
  if (approvals?.page !== undefined) return approvals.page;
  const origin = http?.publicUrl === undefined ? undefined : URL.parse(http.publicUrl)?.origin;
  return `${origin ?? 'the origin of the gateway, '}/approvals`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
