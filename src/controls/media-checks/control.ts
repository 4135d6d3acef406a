import { cleanMedia } from '../../media/clean.ts';
import { MediaFault } from '../../media/fault.ts';
import { deny, type Denial } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';

/** What may be passed on instead of the value, or why nothing may. */
export type Checked = { readonly pass: true; readonly value: JsonObject } | Denial;

/** Checks pictures, sounds and blobs of results. */
export interface MediaChecks {
  /** A content block; those of text and links pass as they are. */
  block(block: JsonObject): Checked;
  /** Contents of a resource; text passes as it is. */
  contents(contents: JsonObject): Checked;
}

/**
 * Passes on media that is what it says, small enough to decode, nothing else beside, and without what it says about
 * people and places. `base64` is strict: no other text decodes to the same bytes (RFC 4648 section 3.5).
 */
export function configure(settings: Settings): MediaChecks {
  const unchecked = (value: JsonObject): Checked => ({ pass: true, value });
  if (!isOn(settings, 'media-checks')) return { block: unchecked, contents: unchecked };
  const { media } = settings;

  function checkField(value: JsonObject, field: 'data' | 'blob'): Checked {
    const text = value[field];
    const declared = value['mimeType'];
    if (typeof text !== 'string') return refuse('no data');
    // Four characters for three bytes: what is too long is not decoded.
    if (text.length > (media.bytes + 3) * (4 / 3)) return refuse('too large');
    const bytes = Buffer.from(text, 'base64');
    if (bytes.toString('base64') !== text) return refuse('base64 that is not strict');
    try {
      const cleaned = cleanMedia(bytes, typeof declared === 'string' ? declared : undefined, media);
      return { pass: true, value: cleaned === bytes ? value : { ...value, [field]: cleaned.toString('base64') } };
    } catch (error) {
      return refuse(error instanceof MediaFault ? error.message : 'it could not be read');
    }
  }

  function contents(value: JsonObject): Checked {
    return value['blob'] === undefined ? { pass: true, value } : checkField(value, 'blob');
  }

  return {
    contents,
    block(block: JsonObject): Checked {
      if (block['type'] === 'image' || block['type'] === 'audio') return checkField(block, 'data');
      const { resource } = block;
      if (block['type'] !== 'resource' || !isObject(resource)) return { pass: true, value: block };
      const checked = contents(resource);
      return checked.pass ? { pass: true, value: { ...block, resource: checked.value } } : checked;
    },
  };
}

function refuse(detail: string): Denial {
  return deny('OUTPUT_INVALID', { detail: `media: ${detail}` });
}
