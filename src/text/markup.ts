/**
 * Elements that run, load, ask or move something by themselves, or that change how the rest is read (HTML Living
 * Standard). An element of any other name counts when it has an attribute.
 */
const ACTIVE: ReadonlySet<string> = new Set(
  (
    'a applet area audio base bgsound body button embed form frame frameset head html iframe image img input isindex ' +
    'link marquee math meta noembed noframes noscript object plaintext picture portal script select source style svg ' +
    'template textarea title track video xml xmp'
  ).split(' '),
);

/** Nothing below can change a text that has none of these. */
const HINT = /[<\]]/;
/** An element that goes on for longer counts as active. */
const FARTHEST = 4096;
const TAG = new RegExp(`<(?:[!?]|/?([a-zA-Z][^\\s/<>]{0,64})([^<>]{0,${FARTHEST}}))`, 'g');
/**
 * What leads to another place than a fragment, or a path without a scheme, an authority, an entity or an escape by which it
 * could become one. What follows is looked at and not taken, because a link can stand in what looks like another's target.
 */
const TARGET = /\]\((?!(?:#|\.{0,2}\/(?![/\\])|[\w.-])[^:&\\<>\s\])]{0,2048}(?:[)\n]|$))/g;
const DEFINITION = /\]:/g;
const REFERENCE = /\]\[/g;
/** Whether a text holds anything that `makeInert` would change. */
export function hasMarkup(text: string): boolean {
  return HINT.test(text) && makeInert(text) !== text;
}

/**
 * Breaks markup that acts or loads, so that a viewer shows it as text: a blank after `<` of an active element, and between
 * the parts of a Markdown link or picture that leads to another place (VAL-09). Nothing is taken out: whoever reads sees
 * where it wanted to go. Links to fragments and relative paths, and elements that only format, stay. Idempotent, linear in
 * the text.
 */
export function makeInert(text: string): string {
  if (!HINT.test(text)) return text;
  return text
    .replaceAll(TAG, (tag, name: string | undefined, rest: string | undefined) =>
      name !== undefined && !isActive(name, rest ?? '') ? tag : `< ${tag.slice(1)}`,
    )
    .replaceAll(TARGET, '] (')
    .replaceAll(DEFINITION, '] :')
    .replaceAll(REFERENCE, '] [');
}

function isActive(name: string, rest: string): boolean {
  return ACTIVE.has(name.toLowerCase()) || rest.includes('=') || rest.length === FARTHEST;
}
