import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRedactor, loadOrCreateKey, openLog, serveHttp, type AuditLog } from '../../../src/index.ts';
import { startSecondIssuer } from '../../tour/second-issuer.ts';
import { prepareFolder } from '../prepare.ts';
import desk from '../server.ts';
import { startServices, type Seen } from '../stand-in/shop.ts';

/** Everything that the tour of the desk runs, each part on a free port. */
export interface World {
  /** The endpoint of the desk. */
  readonly url: string;
  /** The key of the order system, which no one may see. */
  readonly orderKey: string;
  readonly seen: Seen;
  /** A path that no program may ever make. */
  readonly canary: string;
  readonly log: AuditLog;
  readonly logDirectory: string;
  /** An access token of somebody of the desk. */
  tokenOf(name: string): Promise<string>;
  /** Stops everything and closes the log, so that it can be verified as a whole. */
  stop(): Promise<void>;
  /** Removes what is left on disk. */
  remove(): Promise<void>;
}

/** Starts the desk with the services that it uses, and an issuer whose key the tour holds. */
export async function createWorld(): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-desk-'));
  const { attachments, keyFile, key: orderKey } = await prepareFolder(directory);
  const services = await startServices(orderKey);
  const issuer = await startSecondIssuer();
  const redactor = createRedactor();
  const logDirectory = join(directory, 'audit');
  const key = await loadOrCreateKey(join(directory, 'audit.key'));
  const log = await openLog({ directory: logDirectory, origin: 'localhost/desk-tour', key, redactor });
  const host = await serveHttp(desk, {
    profile: 'dev',
    http: { host: '127.0.0.1', port: 0 },
    auth: { issuers: [{ issuer: issuer.issuer }] },
    recorder: log,
    redactor,
    keys: [randomBytes(32)],
    module: new URL('../server.ts', import.meta.url).href,
    roots: { attachments },
    sources: {
      desk: {
        file: join(directory, 'desk.db'),
        schema: await readFile(new URL('../schema.sql', import.meta.url), 'utf8'),
      },
    },
    secrets: { 'orders-key': { from: `file:${keyFile}` } },
    hosts: {
      'orders.desk.example': {
        credential: { scheme: 'Bearer', secret: 'orders-key' },
        standIn: services.origins.orders,
      },
      'mail.desk.example': { standIn: services.origins.mail },
      'help.desk.example': { standIn: services.origins.help },
    },
  });
  const url = host.url ?? '';
  const scope = 'desk:read desk:reply desk:refund desk:close';
  return {
    url,
    orderKey,
    seen: services.seen,
    canary: join(directory, 'canary'),
    log,
    logDirectory,
    tokenOf: (name) => issuer.mint(url, 300, { sub: name, scope }),
    async stop() {
      await host.close();
      await log.close();
      await Promise.all([services.close(), issuer.close()]);
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
