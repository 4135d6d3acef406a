import { short } from './inspect.ts';
import { isObject, type Problem } from './json-schema.ts';

/** Two names that a person or a model can take for each other. */
export interface Confusable {
  readonly a: string;
  readonly b: string;
  /** `case`: they differ in case; `separator`: in `-`, `_`, `.` or case; `lookalike`: in letters that look alike. */
  readonly reason: 'case' | 'separator' | 'lookalike';
}

const NAME = /^[A-Za-z0-9_.-]{1,128}$/;

/** Checks a name: 1 to 128 letters, digits, `_`, `.` and `-` (MCP 2026-07-28 server/tools#tool-names). */
export function checkName(name: string, kind: string): Problem | undefined {
  if (NAME.test(name)) return undefined;
  return {
    id: 'name-invalid',
    path: 'name',
    message: `The ${kind} name ${short(name)} is not allowed`,
    mend: 'Use 1 to 128 letters, digits, "_", "-" and ".".',
  };
}

/** Letters and digits that many typefaces draw alike, each mapped to one of its group. */
const LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
  [/[1Il|]/g, 'l'],
  [/[0O]/g, 'o'],
  [/5/g, 's'],
  [/2/g, 'z'],
];

function skeleton(name: string): string {
  let text = name;
  for (const [pattern, to] of LOOKALIKES) text = text.replaceAll(pattern, to);
  return bare(text);
}

const bare = (name: string): string => name.toLowerCase().replaceAll(/[_.-]/g, '');

/**
 * Finds pairs of distinct names that are easily confused. A plural beside its singular is not reported, nor names that
 * differ in a digit at the end (`v1`, `v2`): people tell those apart on purpose.
 */
export function findConfusables(names: readonly string[]): readonly Confusable[] {
  const found: Confusable[] = [];
  const distinct = [...new Set(names)];
  const byKey = new Map<string, string[]>();
  for (const name of distinct) {
    const others = new Set<string>();
    for (const key of new Set([`bare ${bare(name)}`, `look ${skeleton(name)}`])) {
      const known = byKey.get(key) ?? [];
      for (const other of known) others.add(other);
      byKey.set(key, [...known, name]);
    }
    for (const other of others) {
      const reason = reasonOf(other, name);
      if (reason !== undefined) found.push({ a: other, b: name, reason });
    }
  }
  return found;
}

function reasonOf(a: string, b: string): Confusable['reason'] | undefined {
  if (a.toLowerCase() === b.toLowerCase()) return 'case';
  if (bare(a) === bare(b)) return 'separator';
  const stem = (name: string): string => name.replace(/\d+$/, '');
  return stem(a) === stem(b) ? undefined : 'lookalike';
}

const ICON_TYPES = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);
const DATA_ICON = /^data:(image\/[a-z0-9.+-]{1,40});base64,[A-Za-z0-9+/]+={0,2}$/;
const MAX_ICON = 64 * 1024;

/**
 * Checks an icon (TDS-09): `https:` without credentials, or `data:` with a Base64 raster image of at most 64 KiB.
 * SVG is refused, because it can carry script (MCP 2026-07-28 schema, Icon).
 */
export function checkIcon(icon: unknown): Problem | undefined {
  const problem = (message: string, mend: string): Problem => ({ id: 'icon-refused', path: 'icons', message, mend });
  const src = isObject(icon) ? icon['src'] : undefined;
  if (!isObject(icon) || typeof src !== 'string') return problem('An icon lacks src', 'Give src as a URL.');
  const type = icon['mimeType'];
  if (type !== undefined && (typeof type !== 'string' || !ICON_TYPES.has(type))) {
    return problem('The icon type is refused', `Use ${[...ICON_TYPES].join(', ')}.`);
  }
  if (src.length > MAX_ICON) return problem('An icon is larger than 64 KiB', 'Use a smaller image.');
  if (src.startsWith('data:')) {
    const data = DATA_ICON.exec(src);
    if (data !== null && ICON_TYPES.has(data[1] ?? '')) return undefined;
    return problem('A data: icon must be a Base64 PNG, JPEG, WebP or GIF', 'Encode it as data:image/png;base64,...');
  }
  const url = URL.parse(src);
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return undefined;
  return problem(`The icon address ${short(src)} is refused`, 'Use https: without credentials, or data:.');
}
