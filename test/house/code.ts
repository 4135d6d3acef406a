/**
 * Blanks the comments of TypeScript, keeping line breaks, strings and columns. Regular-expression literals are read
 * as code, which is right as long as none holds a quote followed by a comment mark.
 */
export function blankComments(text: string): string {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|(?<![\\:])\/\/[^\n]*/g;
  return text.replaceAll(token, (match) => (match.startsWith('/') ? match.replaceAll(/[^\n]/g, ' ') : match));
}

/** Blanks comments and the content of strings, so that only names and punctuation are left. */
function blankText(text: string): string {
  const quoted = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return blankComments(text).replaceAll(quoted, (match) => match.replaceAll(/[^\n]/g, ' '));
}

const EXPORTED =
  /^export (?:default |declare |abstract |async )*(?:function\*?|const|let|class|interface|type|new)\s*([A-Za-z_$][\w$]*)?/;

/** Line numbers (from 1) and names of exports that no doc comment precedes; an overload shares that of the first. */
export function undocumentedExports(text: string): readonly string[] {
  const lines = text.split('\n');
  const missing: string[] = [];
  let previous: string | undefined;
  lines.forEach((line, index) => {
    const match = EXPORTED.exec(line);
    if (match === null || /^export type\s*\{/.test(line)) return;
    const name = match[1] ?? 'default';
    const documented = lines[index - 1]?.trimEnd().endsWith('*/') === true;
    if (!documented && name !== previous) missing.push(`${index + 1} ${name}`);
    previous = name;
  });
  return missing;
}

/** Line numbers (from 1) on which the type that switches checking off is written. */
export function looseTypes(text: string): readonly number[] {
  const loose = /(?:[:<,|&(=]|\bas)\s*any\b(?!\s*[:(.?])|\bany\[\]/;
  return blankText(text)
    .split('\n')
    .flatMap((line, index) => (loose.test(line) ? [index + 1] : []));
}
