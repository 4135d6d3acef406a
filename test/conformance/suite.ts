import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { serveHttp, type Host, type ServerDefinition } from '../../src/index.ts';
import { freePort } from '../support/interop.ts';
import { everything } from './everything.ts';

/** What the suite found out about one scenario. */
export interface Outcome {
  readonly scenario: string;
  /** At least one check succeeded and none failed. */
  readonly passed: boolean;
  /** A line for each check that failed or warned. */
  readonly remarks: readonly string[];
}

/** Scenarios that the suite's own fixture does not pass yet, so that no revision requires them. */
export const PENDING = [
  'http-header-validation',
  'http-custom-header-server-validation',
  'json-schema-2020-12',
] as const;

/** Milliseconds that one run of the suite may take on a slow machine. */
const RUN_MS = 240_000;
const CLIENT_RUN_MS = 1_200_000;
const SUITE = dirname(fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/package.json')));

const Requirements = z.object({ server: z.array(z.string()).min(1), client: z.array(z.string()).min(1) });
const Checks = z.array(
  z.object({ id: z.string(), status: z.string(), description: z.string(), errorMessage: z.string().optional() }),
);

/** The scenarios that a revision requires of a server or a client, as the suite lists them. */
export function requiredScenarios(revision: string, leg: 'server' | 'client' = 'server'): readonly string[] {
  return Requirements.parse(parse(readFileSync(join(SUITE, 'requirements', `${revision}.yaml`), 'utf8')))[leg];
}

/** Starts the fixture. The suite calls with the server's own origin, which has to be listed before the port is bound. */
export async function startFixture(
  definition: ServerDefinition = everything,
): Promise<Host & { readonly url: string }> {
  const attempts = 5;
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const host = await serveHttp(definition, {
        profile: 'dev',
        http: { port, allowedOrigins: [`http://127.0.0.1:${port}`] },
      });
      if (host.url !== undefined) return { ...host, url: host.url };
      throw new TypeError('the fixture has no URL');
    } catch (error) {
      if (attempt === attempts || !(error instanceof Error && error.message.includes('is taken'))) throw error;
    }
  }
}

/** Runs the command line of the suite against a server, and reads what it wrote. */
export function runSuite(url: string, args: readonly string[]): Promise<readonly Outcome[]> {
  return runIn(RUN_MS, ['server', '--url', url, ...args]);
}

/** Has the suite start a program as its client, for every scenario that a revision requires of one. */
export function runClientSuite(program: string, revision: string): Promise<readonly Outcome[]> {
  const command = `${process.execPath} ${program}`;
  return runIn(CLIENT_RUN_MS, ['client', '--command', command, '--requirements', revision, '--timeout', '120000']);
}

async function runIn(timeout: number, args: readonly string[]): Promise<readonly Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-conformance-'));
  try {
    await spawned([join(SUITE, 'dist', 'index.js'), ...args, '--output-dir', folder], folder, timeout);
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('checks.json'))
      .map((path) => readOutcome(folder, dirname(path)))
      .toSorted((a, b) => a.scenario.localeCompare(b.scenario));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** INVARIANT: the exit code is not asked; the checks that the suite wrote are. */
function spawned(args: readonly string[], cwd: string, timeout: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'ignore'], timeout });
    child.once('error', reject);
    child.once('close', (_, signal) =>
      signal === null ? resolve() : reject(new Error(`the suite was ended by ${signal}`)),
    );
  });
}

function readOutcome(folder: string, name: string): Outcome {
  const scenario = name.replace(/^server-/, '').replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, '');
  const checks = Checks.parse(JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')));
  const failed = checks.some(({ status }) => status === 'FAILURE');
  return {
    scenario,
    passed: !failed && checks.some(({ status }) => status === 'SUCCESS'),
    remarks: checks
      .filter(({ status }) => status === 'FAILURE' || status === 'WARNING')
      .map(({ id, status, description, errorMessage }) => `${status} ${id}: ${errorMessage ?? description}`),
  };
}
