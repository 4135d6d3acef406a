import type { Machine, OutsideCall } from './engine/machine.ts';
import { HARM } from './engine/origins.ts';
import { fieldOf, leadingText, onlyText, thingsOf, type Value } from './engine/values.ts';
import type { Notes } from './notes.ts';

/** How a page begins, or a part of one. */
const BEGINS =
  /^\s*<(?:!doctype|html|head|body|div|p|h[1-6]|span|section|main|table|ul|ol|script|style|meta|title|!--)\b/i;

/** Whether what a text begins with is markup. */
export function isPage(value: Value | undefined): boolean {
  return BEGINS.test(leadingText(value) ?? '');
}

/** Notes what of a caller stands in a page. */
export function notePage(
  notes: Notes,
  call: Pick<OutsideCall, 'frame' | 'at'>,
  machine: Machine,
  [sink, value]: readonly [sink: string, value: Value | undefined],
): void {
  if (value === undefined || !machine.isFollowing) return;
  notes.flow('markup', { ...call, sink }, { value, harm: HARM.markup, facts: machine.facts });
}

/** Notes pages in what a tool or a resource gives back: `{ mimeType: 'text/html', text }`. */
export function noteHeldPages(
  notes: Notes,
  value: Value,
  call: Pick<OutsideCall, 'frame' | 'at'>,
  machine: Machine,
): void {
  const seen = new Set<Value>();
  const visit = (each: Value, depth: number): void => {
    if (seen.has(each) || depth > 6 || seen.size > 400) return;
    seen.add(each);
    const type = onlyText(fieldOf(each, 'mimeType') ?? fieldOf(each, 'mime_type'));
    if (type?.startsWith('text/html') === true) notePage(notes, call, machine, [type, fieldOf(each, 'text')]);
    for (const object of thingsOf(each, 'object'))
      for (const field of [...object.fields.values(), ...(object.rest === undefined ? [] : [object.rest])])
        visit(field, depth + 1);
  };
  visit(value, 0);
}
