import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLaunchedSubject } from '../../src/audit/launch/launched-subject.ts';
import type { LaunchCommand } from '../../src/audit/launch/server-process.ts';
import type { LiveOptions, OpenSubject } from '../../src/audit/live/http-subject.ts';
import type { AuditRule, Gathered, Judgement } from '../../src/audit/model.ts';
import type { LiveSubject } from '../../src/audit/live/subject.ts';
import { detectSandbox, type SandboxSupport } from '../../src/sandbox/support.ts';

/** Repository root, absolute. */
const ROOT: string = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** What this machine launches servers in. */
export const support: SandboxSupport = await detectSandbox();

/** Options of a test that launches servers: it is left out where there is no sandbox. */
export const LAUNCHES: { readonly timeout: number; readonly skip?: string } = {
  timeout: 280_000,
  ...(support.missing === undefined ? {} : { skip: `needs the Debian package bubblewrap: ${support.missing}` }),
};

/** A command that runs a module of the repository. */
export function commandOf(module: string, ...args: readonly string[]): LaunchCommand {
  return {
    name: `node ${module}`,
    program: process.execPath,
    args: ['--no-warnings', `${ROOT}/${module}`, ...args],
    reads: [`${ROOT}/src`, `${ROOT}/test/support`],
    environment: {},
    network: false,
  };
}

/** Launches the server of `live-server.ts` with its flaws; it ends with the test. */
async function launchedServer(
  t: TestContext,
  flaws: readonly string[],
  options: LiveOptions = {},
): Promise<OpenSubject> {
  const subject = await createLaunchedSubject(support, commandOf('test/support/live-server.ts', ...flaws), {
    limits: { answerMs: 20_000, runMs: 240_000 },
    ...options,
  });
  t.after(() => subject.close());
  return subject;
}

/** What a rule says of that server, by what was kept of it as JSON alone; undefined where it is about nothing there. */
export async function judgeLaunched<G extends Gathered>(
  t: TestContext,
  rule: AuditRule<LiveSubject, G>,
  flaws: readonly string[] = [],
  options: LiveOptions = {},
): Promise<Judgement | undefined> {
  const subject = await launchedServer(t, flaws, options);
  const gathered = await rule.gather(subject);
  await subject.close();
  return gathered === undefined ? undefined : rule.judge(JSON.parse(JSON.stringify(gathered)) as G);
}

/** The messages of what was found. */
export function messagesOf(judgement: Judgement | undefined): readonly string[] {
  return judgement?.hits.map(({ message }) => message) ?? [];
}
