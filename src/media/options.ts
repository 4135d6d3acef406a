import { refuseUnknownOptions } from '../options.ts';

/** What a deployment says of media in results. */
export interface MediaOptions {
  /** Types that may leave, instead of the usual ones. */
  readonly types?: readonly string[];
  /** Most bytes of one picture, sound or blob, decoded; 8 Mi when absent. */
  readonly maxBytes?: number;
  /** Most pixels of one picture; 40,000,000 when absent. */
  readonly maxPixels?: number;
}

/** The rules in use. */
export interface MediaRules {
  readonly types: ReadonlySet<string>;
  readonly bytes: number;
  readonly pixels: number;
}

/** What may leave unless a deployment says otherwise: nothing that can run, and no picture that is a program. */
const USUAL_TYPES: readonly string[] = Object.freeze([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'audio/wav',
  'audio/mpeg',
  'audio/flac',
  'audio/ogg',
  'text/plain',
  'text/csv',
  'text/markdown',
  'text/xml',
  'application/json',
  'application/xml',
  'application/pdf',
  'application/zip',
  'application/gzip',
  'application/octet-stream',
  'application/epub+zip',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
]);

const TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,126}$/;

/**
 * Validates and freezes.
 * @throws TypeError that names the option.
 */
export function readMediaOptions(options: MediaOptions): MediaRules {
  refuseUnknownOptions('deployment, media', options, ['types', 'maxBytes', 'maxPixels']);
  const { types = USUAL_TYPES, maxBytes = 8 * 1024 * 1024, maxPixels = 40_000_000 } = options;
  const wrong = types.find((type) => !TYPE.test(type));
  if (wrong !== undefined)
    throw new TypeError(`deployment, media.types: ${JSON.stringify(wrong)} is no type such as "image/png".`);
  for (const [name, value] of Object.entries({ maxBytes, maxPixels })) {
    if (!Number.isSafeInteger(value) || value < 1)
      throw new TypeError(`deployment, media.${name}: give a whole number from 1.`);
  }
  return Object.freeze({ types: new Set(types), bytes: maxBytes, pixels: maxPixels });
}
