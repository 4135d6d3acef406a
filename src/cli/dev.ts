import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApprovalOptions } from '../approvals/rules.ts';
import { parseConfig, readConfig, type ConfigFile } from '../config/read.ts';
import { openDeployment, type OpenDeployment } from '../config/open.ts';
import { watchPolicies } from '../config/watch-policies.ts';
import { startDevAuthorizationServer, type DevAuthorizationServer } from '../identity/dev-authorization-server.ts';
import type { HttpOptions } from '../server/deployment.ts';
import { serveHttp, type Host } from '../server/host.ts';
import { resolveHttp } from '../server/http/settings.ts';
import type { ServerDefinition } from '../server/server.ts';
import { printBanner } from './banner.ts';
import { type Closing, createClosing, whenStopped } from './closing.ts';
import { confine } from './confine.ts';
import { follow } from './follow.ts';
import type { Live } from './gateway-live.ts';
import { loadServer, moduleUrl } from './load-server.ts';
import { watched } from './log-lines.ts';
import { Mistake } from './mistake.ts';
import { findPort, parsePort } from './port.ts';
import { serveOverStdio } from './serve-stdio.ts';

/** Options of `portcullis dev`. */
export interface DevOptions {
  readonly port?: string;
  readonly config?: string;
  readonly stdio?: boolean;
  /** Starts with the permission flags that the declarations allow, as `serve` always does. */
  readonly permissions?: boolean;
}

const DEFAULT_PORT = 3000;
const HOST = '127.0.0.1';
/** The approval page, to the embedded authorization server. */
const PAGE_CLIENT = 'portcullis-approvals';

/** Runs a server on this machine with an authorization server of its own and two demo users. */
export async function dev(module: string, options: DevOptions): Promise<void> {
  const source = await readDevConfig(module, options.config);
  const stdio = options.stdio === true;
  const tidy = options.permissions === true ? await confine({ module, source, stdio, dev: true }) : () => undefined;
  if (stdio) return serveOverStdio({ url: moduleUrl(module), load: () => loadServer(module) }, source, tidy);
  const closing = createClosing();
  closing.add(tidy);
  try {
    const definition = await loadServer(module);
    const stopped = whenStopped();
    await startDev(definition, source, { ...options, module: moduleUrl(module) }, closing);
    await stopped;
  } finally {
    await closing.run();
  }
}

/** The file that was named, else `portcullis.yaml` beside the module, else defaults. */
async function readDevConfig(module: string, named: string | undefined): Promise<ConfigFile> {
  const beside = join(dirname(module), 'portcullis.yaml');
  const file = named ?? (existsSync(beside) ? beside : undefined);
  const source = file === undefined ? parseConfig('profile: dev', beside) : await readConfig(file);
  if (source.config.profile !== 'dev') {
    throw new Mistake(
      `${source.file} is for production. Run it with: portcullis serve ${module} --config ${source.file}`,
    );
  }
  return source;
}

/** Starts a server with an authorization server beside it, and tells how to reach it. */
export async function startDev(
  definition: ServerDefinition,
  source: ConfigFile,
  options: DevOptions & { readonly module: string; readonly live?: Live },
  closing: Closing,
): Promise<void> {
  const port = await choosePort(source, options.port);
  const open = await openDeployment(source, definition, (detail) => process.stderr.write(`audit log: ${detail}\n`));
  closing.add(() => open.close());
  const http: HttpOptions = { ...open.deployment.http, host: HOST, port };
  const { resource } = resolveHttp(http, port);
  const page = source.config.approvals?.page ?? `${new URL(resource).origin}/approvals`;
  // A configured issuer is used as it is; the embedded one is for when there is none.
  const issuer = open.deployment.auth === undefined ? await startEmbedded(definition, http, port, page) : undefined;
  if (issuer !== undefined) closing.add(() => issuer.close());
  const host = await serveDev(definition, open, { http, module: options.module }, issuer);
  closing.add(() => host.close());
  const say = (level: string, line: string): void => void process.stdout.write(`${level}: ${line}\n`);
  const { policy, redactor } = open.deployment;
  if (options.live !== undefined) {
    const redact = (text: string): string => redactor?.redact(text) ?? text;
    const reloader = follow(source, { host, recorder: open.log, redact, say, live: options.live });
    closing.add(() => reloader.close());
  }
  if (policy !== undefined) {
    const policies = watchPolicies(policy.directory, { reload: () => host.reloadPolicies(), say });
    closing.add(() => policies.close());
  }
  const hasPage = issuer !== undefined || source.config.approvals !== undefined;
  printBanner({
    name: definition.options.title ?? definition.options.name,
    url: host.url ?? '',
    eras: host.settings.eras,
    issuer: issuer?.issuer ?? source.config.auth?.issuers[0]?.issuer ?? '',
    approvals: hasPage && isApproved(definition) ? page : undefined,
    users: issuer?.users ?? [],
    audit: open.places.audit,
    insecure: (definition.options.insecure ?? []).map((symbol) => symbol.description ?? 'insecure'),
  });
}

/** Whether a call of some tool has to be approved. */
function isApproved({ options: { tools = [] } }: ServerDefinition): boolean {
  return tools.some(({ options: { effect } }) => effect === 'destructive' || effect === 'critical');
}

async function startEmbedded(
  definition: ServerDefinition,
  http: HttpOptions,
  port: number,
  page: string,
): Promise<DevAuthorizationServer> {
  const beside = await findPort(HOST, port === 65_535 ? 0 : port + 1);
  const texts = definition.options.scopes ?? {};
  const scopes = Object.fromEntries(scopesOf(definition).map((name) => [name, texts[name] ?? name]));
  const { resource } = resolveHttp(http, port);
  const clients = [{ clientId: PAGE_CLIENT, name: 'Approval page', redirectUris: [`${page}/callback`] }];
  return startDevAuthorizationServer({ profile: 'dev', host: HOST, port: beside ?? 0, resource, scopes, clients });
}

/** Every scope that a primitive asks for or the server describes. */
function scopesOf({ options }: ServerDefinition): readonly string[] {
  const asked = [...(options.tools ?? []), ...(options.resources ?? []), ...(options.prompts ?? [])].flatMap(
    ({ options: { scope } }) => scope,
  );
  return [...new Set([...asked, ...Object.keys(options.scopes ?? {})])].toSorted();
}

function serveDev(
  definition: ServerDefinition,
  { deployment, log }: OpenDeployment,
  own: { readonly http: HttpOptions; readonly module: string },
  issuer: DevAuthorizationServer | undefined,
): Promise<Host> {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const auth =
    issuer === undefined ? deployment.auth : { issuers: [{ issuer: issuer.issuer }], devAuthorizationServer: true };
  return serveHttp(definition, {
    ...deployment,
    ...own,
    ...(auth === undefined ? {} : { auth }),
    ...(issuer === undefined ? {} : { approvals: devApprovals(issuer.issuer, deployment.approvals) }),
    recorder: watched(log, say),
    log: ({ level, message }) => say(`${level}: ${message}`),
  });
}

/** The approval page with the embedded issuer's sign-in; who approves is as configured. */
function devApprovals(issuer: string, configured: ApprovalOptions = {}): ApprovalOptions {
  const { clientSecret: _, ...options } = configured;
  return { ...options, issuer, clientId: PAGE_CLIENT };
}

async function choosePort({ config }: ConfigFile, option: string | undefined): Promise<number> {
  const environment = process.env['PORT'];
  const asked =
    option !== undefined
      ? parsePort(option, '--port')
      : environment !== undefined && environment !== ''
        ? parsePort(environment, 'PORT')
        : (config.http?.port ?? DEFAULT_PORT);
  const port = await findPort(HOST, asked);
  if (port === undefined) throw new Mistake(`port ${asked} on ${HOST} is taken. Choose another with --port or PORT.`);
  return port;
}
