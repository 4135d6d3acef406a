export function readSection(text: string, heading: string): string {
  const lines = text.split('\n');
  const pattern = new RegExp(`^#{1,6}\\s*.*${heading}.*$`, 'i');
  const start = lines.findIndex((line) => pattern.test(line));
  if (start === -1) return '';
  const next = lines.findIndex((line, index) => index > start && line.startsWith('#'));
  return lines.slice(start, next === -1 ? undefined : next).join('\n');
}
