import type { SandboxSupport } from '../../sandbox/support.ts';
import { isObject } from '../../protocol/json.ts';
import type { Era } from '../../protocol/versions.ts';
import { createBudget } from '../live/budget.ts';
import type { Seen } from '../live/exchange.ts';
import { explore, harmlessCalls } from '../live/explore.ts';
import { ERAS, type LiveOptions, type OpenSubject } from '../live/http-subject.ts';
import { createRedactor } from '../live/redact.ts';
import type { LiveConnection, OpenOptions, ProcessLife, StdioSide } from '../live/subject.ts';
import { connectLaunched, type LaunchedConnection } from './launched-connection.ts';
import { liveOnce } from './process-life.ts';
import { startServer, type LaunchCommand, type LaunchOptions } from './server-process.ts';

/** Beyond what the run may take, so that a process ends even where nobody ends it. */
const GRACE_MS = 10_000;
const START_MS = 30_000;
const LEAST_START_MS = 10_000;
const MOST_PROCESSES = 60;
const LONGEST_LINE = 200;

/**
 * Makes a subject of a server that is launched over standard input and output. Each connection has a process of its own; no
 * more than 60 are started in a run.
 * @param support With its tools, or the server is launched without a sandbox: for who runs the audit to allow.
 */
export async function createLaunchedSubject(
  support: SandboxSupport,
  command: LaunchCommand,
  options: LiveOptions = {},
): Promise<OpenSubject> {
  const budget = createBudget(options.limits);
  const redactor = createRedactor();
  for (const value of Object.values(command.environment)) if (value.length >= 8) redactor.hide(value, 'variable');
  const opened = new Map<LiveConnection, LaunchedConnection>();
  let started = 0;
  let startMs = START_MS;
  let failure: string | undefined;
  let said = '';
  const start = async (
    era: Era,
    { capabilities = {} }: OpenOptions = {},
    hear?: LaunchOptions['hear'],
  ): Promise<LaunchedConnection> => {
    started += 1;
    if (started > MOST_PROCESSES) throw new Error(`${MOST_PROCESSES} processes were started`);
    const process = startServer(support, command, {
      lifeMs: budget.left() + GRACE_MS,
      ...(hear === undefined ? {} : { hear }),
    });
    redactor.hide(process.canary, 'canary');
    const onClose = async (): Promise<void> => {
      const facts = await process.stop();
      failure ??= whyEnded(facts.endedFor);
      said ||= redactor.body(lastLine(facts.stderr));
      opened.delete(connection);
    };
    const connection: LaunchedConnection = await connectLaunched({
      process,
      era,
      capabilities,
      budget,
      redactor,
      startMs,
      onClose: () => onClose(),
    });
    opened.set(connection, connection);
    return connection;
  };
  const shared = new Map<Era, Promise<LaunchedConnection>>();
  const as = async (era: Era): Promise<LaunchedConnection> => {
    const known = await shared.get(era);
    if (known !== undefined && !known.process.hasEnded()) return known;
    await known?.close();
    const fresh = start(era);
    shared.set(era, fresh);
    return fresh;
  };
  const { eras: tried = ERAS } = options;
  // One that knows nothing of the modern era may say nothing at all to it: how long starting takes is learnt before.
  if (tried.includes('legacy')) startMs = startTime(await as('legacy'));
  const explored = await explore(tried, as);
  const { eras, home, surface } = explored;
  const harmless = harmlessCalls([...(options.calls ?? []), ...(options.ownCalls ?? [])], surface.tools);
  const name = support.tools === undefined ? `${command.name} (launched without a sandbox)` : command.name;
  let life: Promise<ProcessLife> | undefined;
  const stdio: StdioSide = {
    line: (connection, label, text) =>
      opened.get(connection)?.line(label, text) ?? Promise.reject(new Error('not a connection of this subject')),
    life: () =>
      (life ??= liveOnce({
        start: (hear) => start(eras[0] ?? 'legacy', {}, hear),
        home,
        harmless,
        budget,
        redactor,
        isSandboxed: support.tools !== undefined,
      })),
  };
  for (const era of ERAS.filter((each) => !eras.includes(each))) await (await shared.get(era))?.close();
  return {
    files: [name],
    unread: eras.length > 0 ? [] : [{ file: name, why: failure ?? whyNot(explored.first, said) }],
    transport: 'stdio',
    eras,
    home,
    surface,
    harmless,
    // Whoever starts a process is its only user.
    ownCalls: [],
    isIntrusive: options.isIntrusive === true,
    budget,
    has: (caller) => caller === 'user' || caller === 'nobody',
    tokenOf: () => undefined,
    hide: (secret, kind) => redactor.hide(secret, kind),
    as: (_caller, era) => as(era),
    open: (_caller, era, more) => start(era, more),
    stdio,
    async close() {
      await Promise.allSettled([...opened.values()].map((connection) => connection.close()));
    },
  };
}

/** What a process is given to start in, by what the first one took. */
function startTime({ hello }: LaunchedConnection): number {
  if (hello === undefined || hello.exchange.ending !== 'answered') return START_MS;
  return Math.min(START_MS, LEAST_START_MS + 4 * hello.exchange.ms);
}

const WHY_ENDED: Readonly<Record<string, string>> = {
  line: 'it wrote a line without an end, and was ended',
  total: 'it wrote more than is read, and was ended',
  memory: 'it took more memory than it may, and was ended',
  disk: 'it wrote more files than it may, and was ended',
  timeout: 'the time of the run was over, and it was ended',
};

function whyEnded(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : WHY_ENDED[reason];
}

/** Why nothing is served, by what came to the first request of each era. */
function whyNot(first: readonly Seen[], said: string): string {
  const endings = new Set(first.map(({ exchange }) => exchange.ending));
  if (first.some(({ message }) => isObject(message?.['error']))) return 'it refuses the first request of both eras';
  if (endings.has('closed'))
    return `it ended before it answered${said === '' ? '' : `, and said "${said}"`}: see --env, --read, --in-home and --allow-network`;
  if (first.some(({ message }) => isObject(message?.['result'])))
    return 'what it answers is not what either era asks for';
  return 'it did not answer the first request of either era';
}

/** The last line that tells of something wrong, else the last one. */
function lastLine(text: string): string {
  const lines = text.split('\n').map((line) => line.trim());
  const named = lines.findLast((line) => /^(?:[\w.]*(?:Error|Exception)\b|portcullis: )/.test(line));
  const told = named ?? lines.findLast((line) => /error|cannot|denied|not found/i.test(line));
  return (told ?? lines.findLast((line) => line !== '') ?? '').slice(0, LONGEST_LINE);
}
