import { configure as configureExtensions } from '../controls/closed-extensions/control.ts';
import { configure as configureVersions } from '../controls/exact-versions/control.ts';
import { configure as configurePeers } from '../controls/pinned-peers/control.ts';
import { configure as configureMessages } from '../controls/upstream-messages/control.ts';
import { detectSandbox } from '../sandbox/support.ts';
import type { Connector } from './connector.ts';
import { openCredential } from './credentials/open.ts';
import { isOfPrincipal, secretsOfCredential } from './credentials/options.ts';
import type { CredentialRuntime } from './credentials/parts.ts';
import { insistOnProfile } from './http/place.ts';
import { reaching, readRemote, type Remote } from './http/reach.ts';
import { openTls } from './http/tls.ts';
import { install, type Installed } from './install.ts';
import { insistOnSandbox, launching } from './launch.ts';
import { asksOf, type EraChoice, type UpstreamOptions } from './options.ts';

/** An upstream that can be started, or reached. */
export interface ReadyUpstream {
  readonly options: UpstreamOptions;
  readonly installed: Installed | Remote;
  /** How it is reached, where it is reached already. */
  readonly connector?: Connector;
}

/** What of a deployment it takes to connect to an upstream. */
export type ConnectRuntime = CredentialRuntime;

/**
 * Installs an upstream where that is to be done, or reads its URL.
 * @param folder Where packages are installed.
 * @param weakened Ids of the controls that are switched off.
 * @throws Error that says what is wrong and how to mend it.
 */
export async function readyUpstream(
  id: string,
  options: UpstreamOptions,
  folder: string,
  weakened: ReadonlySet<string> = new Set(),
): Promise<ReadyUpstream> {
  const versions = configureVersions(weakened);
  const installed = options.url === undefined ? await install(id, options, folder, versions) : readRemote(id, options);
  return { options, installed };
}

/** INVARIANT: what is connected with somebody's own credential is not shared, whatever the configuration says. */
export function isShared({ isolation, credential }: UpstreamOptions): boolean {
  return isolation === 'shared' && !(credential !== undefined && isOfPrincipal(credential));
}

/** Names of the secrets that an upstream uses. */
export function secretsOfUpstream({ secrets = {}, credential, tls }: UpstreamOptions): readonly string[] {
  const ofTls = [tls?.certificate, tls?.key].filter((name) => name !== undefined);
  return [
    ...Object.values(secrets),
    ...(credential === undefined ? [] : Object.values(secretsOfCredential(credential))),
    ...ofTls,
  ];
}

/**
 * Makes what connects to an upstream: a process in a sandbox, or a URL.
 * @param era The one that is pinned, or `auto` to find it out.
 * @throws TypeError when the deployment says of it what cannot be.
 */
export async function createConnector(
  id: string,
  { options, installed }: ReadyUpstream,
  era: EraChoice,
  runtime: ConnectRuntime,
): Promise<Connector> {
  const log = (line: string): void => runtime.log(line);
  const asks = asksOf(options);
  const { weakened = new Set() } = runtime;
  const rules = { checks: configureMessages(weakened), extensions: configureExtensions(weakened) };
  if ('place' in installed) {
    const { place } = installed;
    insistOnProfile(id, place, runtime.profile);
    const tls = await openTls(id, options.tls ?? {}, runtime.secrets, configurePeers(weakened));
    const credential =
      options.credential === undefined ? undefined : await openCredential(id, place.url, options.credential, runtime);
    return { ...reaching({ id, place, era, tls, credential, asks, ...rules, log }), credential };
  }
  const held = Object.entries(options.secrets ?? {}).map(
    ([variable, name]) => [variable, runtime.secrets.get(name)] as const,
  );
  const environment = async (): Promise<Record<string, string>> => {
    const revealed = held.map(async ([variable, secret]) => [variable, await runtime.secrets.reveal(secret)] as const);
    return { ...options.env, ...Object.fromEntries(await Promise.all(revealed)) };
  };
  const support = await detectSandbox();
  insistOnSandbox(id, support);
  const { profile, hosts } = runtime;
  const needs = options.needs ?? {};
  const isHeld = !weakened.has('exact-versions');
  return launching({
    ...(isHeld ? {} : { mayChange: true }),
    id,
    installed,
    needs,
    environment,
    support,
    profile,
    hosts,
    era,
    asks,
    ...rules,
    log,
  });
}

/** What an upstream is and may do, for the manifest: JSON, without anything secret. */
export function declaresOf({ options, installed }: ReadyUpstream, era: EraChoice): Readonly<Record<string, unknown>> {
  const { source, integrity } = installed;
  const isolation = options.isolation ?? 'principal';
  if ('place' in installed) {
    const { credential, tls = {}, addresses = [] } = options;
    const { ca, certificate, pins = [] } = tls;
    return {
      url: source,
      integrity,
      era,
      isolation,
      credential: credential === undefined ? 'none' : { ...credential },
      addresses: [...addresses],
      tls: { ca: ca ?? 'system', certificate: certificate ?? 'none', pins: [...pins] },
    };
  }
  return {
    source,
    integrity,
    era,
    args: [...(options.args ?? [])],
    environment: Object.keys(options.env ?? {}),
    secrets: Object.values(options.secrets ?? {}),
    needs: { ...options.needs },
    isolation,
  };
}
