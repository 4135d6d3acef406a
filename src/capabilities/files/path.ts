import { hasHidden } from '../../text/neutralise.ts';
import { FilesError } from './error.ts';

/** What a path may be. */
export interface PathRules {
  /** Names from the root to the last one. */
  readonly maxDepth: number;
  /** Whether a name, in its compatibility form and lower case, may not be reached. */
  readonly denied: (name: string) => boolean;
}

const MOST_UNITS = 4096;
/** `NAME_MAX` of Linux, in bytes. */
const MOST_NAME_BYTES = 255;

/** Separators, drive letters and alternate data streams of any system, and controls. */
const FORBIDDEN = /[/\\:\p{Cc}]/u;
/** Characters that look like a slash or are mapped to one by some systems, beside those that NFKC maps. */
const SLASH_ALIKE = /[\u2044\u2215\u2216\u29f5\u29f8\u29f9\u2571\u2572\u1735]/;
/** What another decoder would turn into something else: percent forms, and the `%u` form of old servers. */
const ENCODED = /%(?:[0-9a-f]{2}|u[0-9a-f]{4}|%)/i;
/** Names that are devices on Windows, whatever their extension. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\..*)?$/;

/**
 * The names of a relative path with `/` between them; none for `` and `.`, which are the root.
 *
 * One spelling for each file: no `.`, `..`, empty name, leading or trailing slash, other system's separator, encoded or
 * invisible character, and no name that another system or normalisation takes for another one.
 * @throws FilesError `refused`.
 */
export function parsePath(path: unknown, { maxDepth, denied }: PathRules): readonly string[] {
  if (typeof path !== 'string') throw new FilesError('refused', 'not a string');
  if (path === '' || path === '.') return [];
  if (path.length > MOST_UNITS) throw new FilesError('refused', 'too long');
  const names = path.split('/');
  if (names.length > maxDepth) throw new FilesError('refused', 'too deep');
  for (const name of names) {
    const fault = faultOf(name, denied);
    if (fault !== undefined) throw new FilesError('refused', fault);
  }
  return names;
}

/** Why a name cannot be part of a path, if there is a reason. */
export function faultOf(name: string, denied: (name: string) => boolean): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'traversal';
  if (!name.isWellFormed() || hasHidden(name)) return 'hidden characters';
  if (FORBIDDEN.test(name) || SLASH_ALIKE.test(name)) return 'a separator in a name';
  if (ENCODED.test(name)) return 'encoded';
  if (Buffer.byteLength(name) > MOST_NAME_BYTES) return 'too long';
  if (name.normalize('NFC') !== name) return 'not in normal form C';
  const plain = name.normalize('NFKC').toLowerCase();
  if (FORBIDDEN.test(plain) || ENCODED.test(plain) || /^\.+$/.test(plain)) return 'a look-alike';
  if (/[. ]$/.test(plain) || plain.startsWith(' ')) return 'a space or dot at an end';
  if (DEVICE.test(plain)) return 'a device';
  return denied(plain) ? 'a denied name' : undefined;
}
