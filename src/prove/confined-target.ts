import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ownCode } from '../controls/declared-behaviour/code.ts';
import { permissionFlags } from '../controls/declared-behaviour/flags.ts';
import { weakenedBy } from '../insecure.ts';
import { isObject, type JsonObject } from '../protocol/json.ts';
import { declaredTouch } from '../server/system-needs.ts';
import { server } from '../server/server.ts';
import type { Fixture } from './fixture.ts';

/** A fixture in a process that may touch what it declares and nothing else, unless the control is off. */
export interface ConfinedChild {
  readonly input: Writable;
  readonly output: Readable;
  /** How it is reached over HTTP; absent on stdio. */
  readonly http: { readonly url: string; readonly resource: string; readonly scopes: readonly string[] } | undefined;
  stop(): Promise<void>;
}

/** How a confined fixture is run. */
export interface ConfinedOptions {
  readonly transport: 'http' | 'stdio';
  /** Absolute folder for its log, its key and its temporary files. */
  readonly folder: string;
  readonly issuer: string;
  /** Name of its log. */
  readonly origin: string;
}

/**
 * Starts one, with the flags with which `portcullis serve` would.
 * @throws Error when it does not start.
 */
export async function startConfined(
  fixture: Fixture,
  module: string,
  insecure: readonly symbol[],
  { transport, folder, issuer, origin }: ConfinedOptions,
): Promise<ConfinedChild> {
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const needs = declaredTouch(server({ ...fixture.server, insecure }), {
    sources: {},
    roots: fixture.deployment?.roots ?? {},
    hosts: {},
    programs: fixture.deployment?.programs ?? {},
  });
  const flags = permissionFlags({
    reads: [...ownCode(), ...needs.reads],
    writes: [folder, ...needs.writes],
    children: needs.programs.length > 0,
    workers: false,
    network: true,
    addons: false,
  });
  const script = join(import.meta.dirname, `confined-main${extname(import.meta.filename)}`);
  const names = insecure.map(({ description = '' }) => description);
  const child = spawn(
    process.execPath,
    [
      ...(weakenedBy(insecure).has('declared-behaviour') ? [] : flags),
      script,
      module,
      transport,
      folder,
      issuer,
      origin,
      ...names,
    ],
    { stdio: ['pipe', 'pipe', 'ignore', 'ipc'], env: { ...process.env, TMPDIR: temporary } },
  );
  const exited = once(child, 'exit');
  const told = once(child, 'message').then(([message]: unknown[]) => message);
  const facts = await Promise.race([told, exited.then(() => undefined)]);
  const served = isObject(facts) ? facts : undefined;
  if (served === undefined) throw new Error(`${module} ended before it served`);
  if (child.stdin === null || child.stdout === null) throw new Error(`${module} has no streams`);
  // The process may be gone before all is written to it.
  child.stdin.on('error', () => undefined);
  return {
    input: child.stdin,
    output: child.stdout,
    http: addressIn(served),
    async stop(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function addressIn({ url, resource, scopes }: JsonObject): ConfinedChild['http'] {
  if (typeof url !== 'string' || typeof resource !== 'string' || !Array.isArray(scopes)) return undefined;
  return { url, resource, scopes: scopes.filter((scope) => typeof scope === 'string') };
}
