import { HARM } from './origins.ts';
import { madeOf, type Closure, type Value } from './values.ts';

const ESCAPES =
  /^(?:html_?|xml_?)?esc(?:ape)?$|(?:escape|sanitiz|encode)\w*(?:html|xml|markup|entit)|(?:html|xml|markup)\w*(?:escape|sanitiz|encode)/i;

/** What a function gives that says of itself that it escapes markup: how it does so is seldom understood, letter by letter. */
export function escapedBy({ func }: Closure, value: Value): Value {
  if (value.origins === undefined || !ESCAPES.test(func.name) || /unesc/i.test(func.name)) return value;
  const { pieces, ...whole } = value;
  const cleared = (each: Value): Value =>
    each.origins === undefined ? each : { ...each, ...madeOf('quoted', [{ origins: each.origins }], HARM.markup) };
  return { ...cleared(whole), ...(pieces === undefined ? {} : { pieces: pieces.map(cleared) }) };
}
