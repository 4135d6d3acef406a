import { RE2JS } from 're2js';

/** Tests whether a path is meant. */
export type IsMeant = (path: string) => boolean;

/**
 * Makes a test of a pattern: `*` and `?` stay within a folder, `**` does not, everything else is itself. It takes linear time,
 * because the pattern can be of whoever is audited.
 */
export function glob(pattern: string): IsMeant {
  const form = RE2JS.compile(
    pattern.replaceAll(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (part) => {
      if (part === '**/') return '(?:.*/)?';
      if (part === '**') return '.*';
      if (part === '*') return '[^/]*';
      return part === '?' ? '[^/]' : RE2JS.quote(part);
    }),
    RE2JS.DOTALL,
  );
  return (path) => form.matches(path);
}
