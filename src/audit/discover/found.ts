import { createHash } from 'node:crypto';
import type { ClientServer } from '../gather/parts.ts';
import { readLaunch } from '../launch-line.ts';

/** A server that was found configured or listening. */
export interface FoundServer {
  /** Stays the same between two searches: of what it is and where it was found, without the line. */
  readonly id: string;
  /** File and line, or address. */
  readonly where: string;
  /** `npm name@version`, `python name`, `image name:tag`, a URL, or a command line without its secrets. */
  readonly what: string;
}

/** What was looked at. */
export interface Searched {
  readonly where: 'clients' | 'repository' | 'loopback' | 'hosts' | 'manifests';
  readonly what: readonly string[];
  /** Files or ports. */
  readonly looked: number;
}

/** What a search came to. */
export interface Search {
  readonly searched: readonly Searched[];
  readonly servers: readonly FoundServer[];
  /** What could not be looked at, with why. */
  readonly unread: readonly string[];
}

const LONGEST = 300;

/** Names what was found. */
export function foundServer(file: string, line: number | undefined, what: string): FoundServer {
  const short = what.slice(0, LONGEST);
  const id = createHash('sha256')
    .update(JSON.stringify([file, short]))
    .digest('base64url')
    .slice(0, 16);
  return { id, where: line === undefined ? file : `${file}:${line}`, what: short };
}

/** What an entry of a client's configuration starts or connects to. Secrets in it are gone already. */
export function describeEntry({ command, args, url }: Pick<ClientServer, 'command' | 'args' | 'url'>): string {
  if (url !== undefined) return url.value;
  if (command === undefined) return 'an entry without command and URL';
  const words = args.map(({ value }) => value);
  const { by, reference } = readLaunch(command.value, words);
  const kinds: Readonly<Record<string, string>> = { npm: 'npm', python: 'python', container: 'image' };
  const kind = kinds[by];
  return kind === undefined || reference === undefined ? [command.value, ...words].join(' ') : `${kind} ${reference}`;
}
