import { MediaFault } from './fault.ts';
import { cleanFlac } from './flac.ts';
import { findForeign } from './foreign.ts';
import { cleanGif } from './gif.ts';
import { cleanJpeg } from './jpeg.ts';
import { cleanMpegAudio } from './mpeg-audio.ts';
import { cleanOgg } from './ogg.ts';
import type { MediaRules } from './options.ts';
import { cleanPng } from './png.ts';
import { cleanWav, cleanWebp } from './riff.ts';
import { sniff } from './sniff.ts';

type Clean = (bytes: Buffer, rules: MediaRules) => Buffer;

const CLEANERS: ReadonlyMap<string, Clean> = new Map<string, Clean>([
  ['image/png', cleanPng],
  ['image/jpeg', cleanJpeg],
  ['image/gif', cleanGif],
  ['image/webp', cleanWebp],
  ['audio/wav', cleanWav],
  ['audio/mpeg', cleanMpegAudio],
  ['audio/flac', cleanFlac],
  ['audio/ogg', cleanOgg],
]);

/** Other names of types, as senders write them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['image/jpg', 'image/jpeg'],
  ['image/pjpeg', 'image/jpeg'],
  ['image/x-png', 'image/png'],
  ['audio/x-wav', 'audio/wav'],
  ['audio/wave', 'audio/wav'],
  ['audio/vnd.wave', 'audio/wav'],
  ['audio/mp3', 'audio/mpeg'],
  ['audio/x-flac', 'audio/flac'],
  ['audio/opus', 'audio/ogg'],
  ['application/ogg', 'audio/ogg'],
  ['application/x-zip-compressed', 'application/zip'],
  ['application/x-gzip', 'application/gzip'],
]);

/** A type without parameters, in its usual form. */
function usualType(type: string): string {
  const plain = (type.split(';')[0] ?? '').trim().toLowerCase();
  return ALIASES.get(plain) ?? plain;
}

/** Types whose content cannot be told from text. */
const TEXTUAL = /^text\/|^application\/(?:json|xml|yaml|x-yaml|x-ndjson)$|\+(?:json|xml|yaml)$/;
const OPAQUE = 'application/octet-stream';

/**
 * Checks media against its declared type and takes out what it says about people, places and programs.
 * @param declared As the sender says; absent where a resource says nothing.
 * @returns The bytes to pass on: the same object when nothing was taken out.
 * @throws MediaFault that says why it cannot be passed on.
 */
export function cleanMedia(bytes: Buffer, declared: string | undefined, rules: MediaRules): Buffer {
  if (bytes.length > rules.bytes) throw new MediaFault(`${bytes.length} bytes`);
  const type = usualType(declared ?? OPAQUE);
  if (!rules.types.has(type)) throw new MediaFault(`the type ${type.slice(0, 100)} is not allowed`);
  const found = sniff(bytes);
  if (found !== undefined && !rules.types.has(found)) throw new MediaFault(`it is ${found}, which is not allowed`);
  if (!agree(type, found)) throw new MediaFault(`declared as ${type}, but it is ${found ?? 'something unknown'}`);
  const clean = found === undefined ? undefined : CLEANERS.get(found);
  if (clean === undefined) return bytes;
  const cleaned = clean(bytes, rules);
  const foreign = findForeign(cleaned);
  if (foreign !== undefined) throw new MediaFault(`it is ${foreign} as well`);
  return cleaned.equals(bytes) ? bytes : cleaned;
}

function agree(type: string, found: string | undefined): boolean {
  if (type === found || type === OPAQUE) return true;
  if (TEXTUAL.test(type)) return found === 'text/plain' || found === 'application/xml';
  // The names inside of a zip may come too late for a look at its head.
  if (found === 'application/zip')
    return type.includes('openxmlformats') || type.includes('opendocument') || type.endsWith('+zip');
  return found === undefined && !type.startsWith('image/') && !type.startsWith('audio/') && !KNOWN.has(type);
}

/** Types that a look at the content would have found. */
const KNOWN: ReadonlySet<string> = new Set(['application/pdf', 'application/zip', 'application/gzip']);
