import type { Command } from 'commander';
import { userInfo } from 'node:os';
import { readConfig, type ConfigFile } from '../config/read.ts';
import { readLock, writeLock, type Lock, type PinnedUpstream } from '../gateway/lock.ts';
import type { UpstreamOptions } from '../gateway/options.ts';
import { onOneLine } from '../gateway/diff-words.ts';
import type { Pinning } from '../gateway/pin.ts';
import { moveItems, type Selects } from '../gateway/registry.ts';
import { reviewUpstream, type Change } from '../gateway/review.ts';
import { stateOf } from '../gateway/states.ts';
import { openConsents, type Consents } from './gateway-consent.ts';
import { configOf, lockOf, upstreamsOf } from './gateway-open.ts';
import { vettingLine } from './gateway-vet.ts';

/** Starts an upstream as it will be started, and looks at what it offers. */
export type Look = (
  source: ConfigFile,
  id: string,
  options: UpstreamOptions,
  lock: Lock,
  consents: Consents,
  as: string | undefined,
) => Promise<Pinning>;

interface ReviewOptions {
  readonly as?: string;
  readonly by?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Enters `portcullis gateway review`. */
export function addReview(gateway: Command, look: Look): void {
  gateway
    .command('review')
    .description('look at upstreams anew, and show how each differs from what was approved; exit 1 when one does')
    .argument('[upstreams...]', 'ids of upstreams; all when left out')
    .option('--by <name>', 'write into the lock who has reviewed what is pinned')
    .option('--yes', 'consent to start what has not been started so before, without being asked')
    .option('--as <principal>', 'who has signed in at an upstream that users sign in at')
    .option('--json', 'one JSON object a line')
    .action((ids: readonly string[], options: ReviewOptions, command: Command) =>
      review(ids, options, configOf(command), look),
    );
}

async function review(ids: readonly string[], options: ReviewOptions, config: string, look: Look): Promise<void> {
  const { by, yes = false, json = false } = options;
  const source = await readConfig(config);
  const upstreams = upstreamsOf(source, ids);
  const path = lockOf(config);
  const before = await readLock(path);
  // What is started is told apart from what is found: a program reads the one and not the other.
  const tell = json ? (line: string): void => void process.stderr.write(`${line}\n`) : say;
  const consents = openConsents(before, { by: by ?? userInfo().username, yes }, tell);
  let lock: Lock = before;
  let isChanged = false;
  for (const [id, upstream] of Object.entries(upstreams)) {
    const known = lock.upstreams[id];
    let looked: Pinning;
    try {
      looked = await look(source, id, upstream, lock, consents, options.as);
    } catch (error) {
      isChanged = true;
      process.stderr.write(`${id}: ${error instanceof Error ? error.message : String(error)}\n`);
      continue;
    }
    const changes = reviewUpstream(id, known, looked.pinned);
    isChanged ||= changes.length > 0;
    if (json) for (const change of changes) say(JSON.stringify(change));
    else {
      show(id, changes);
      for (const told of vettingLine(id, upstream, lock)) say(told);
    }
    if (by !== undefined && known !== undefined)
      lock = { ...lock, upstreams: { ...lock.upstreams, [id]: reviewed(id, known, looked.pinned, by) } };
  }
  await writeLock(path, { ...lock, consents: consents.all() }, before);
  if (isChanged) process.exitCode = 1;
}

/** INVARIANT: what was reviewed is what was shown: the bytes that are pinned, by the code that is. */
function reviewed(id: string, known: PinnedUpstream, seen: PinnedUpstream, by: string): PinnedUpstream {
  const isSameCode = known.integrity === seen.integrity;
  const isShown: Selects = (kind, name) => {
    const item = known[kind]?.[name];
    return (
      isSameCode && item !== undefined && stateOf(item) === 'scanned' && seen[kind]?.[name]?.digest === item.digest
    );
  };
  const { pinned, changed } = moveItems(known, isShown, 'reviewed', { by, at: new Date().toISOString() });
  process.stderr.write(`${id}: ${by} has reviewed ${changed.length} of what is pinned.\n`);
  return pinned;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function show(id: string, changes: readonly Change[]): void {
  if (changes.length === 0) say(`${id}: as it was approved`);
  for (const { item, name, kind, severity, path, what } of changes) {
    const own = item === 'tool' ? '' : `${item} `;
    const where = name === undefined ? id : `${id}, ${own}${onOneLine(name)}`;
    say(`${severity.padEnd(6)}  ${where}  ${kind}${path === '' ? '' : ` at ${onOneLine(path)}`}`);
    if (what !== '') say(`        ${onOneLine(what)}`);
  }
}
