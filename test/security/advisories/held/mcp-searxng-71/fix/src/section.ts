export function readSection(text: string, heading: string): string {
  const lines = text.split('\n');
  const wanted = heading.toLowerCase();
  const start = lines.findIndex((line) => line.startsWith('#') && line.toLowerCase().includes(wanted));
  if (start === -1) return '';
  const next = lines.findIndex((line, index) => index > start && line.startsWith('#'));
  return lines.slice(start, next === -1 ? undefined : next).join('\n');
}
