import { isObject } from '../../protocol/json.ts';
import { parseOrNothing } from '../events.ts';

/** Ways to change an opaque text that somebody sealed, or did not, by a few words of each. */
export function tamperedForms(text: string): readonly (readonly [how: string, changed: string])[] {
  const places = [0.25, 0.5, 0.75].map((part) => Math.floor(text.length * part));
  const forms: (readonly [string, string])[] = places.map((at, index) => [
    `with a character changed (${index + 1} of ${places.length})`,
    withOther(text, at),
  ]);
  forms.push(['without its last quarter', text.slice(0, Math.ceil(text.length * 0.75))]);
  const rewritten = rewrite(text);
  if (rewritten !== undefined) forms.push(['with a text in it changed', rewritten]);
  return forms.filter(([, changed]) => changed !== text && changed !== '');
}

/** Another letter or digit; what parts the text is left, for it says nothing. */
function withOther(text: string, from: number): string {
  const at = text.slice(from).search(/[A-Za-z0-9]/) + from;
  if (at < from) return text;
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
}

/** The same JSON with one text changed, where that is what it holds: as it stands, or in base64, whole or between dots. */
function rewrite(text: string): string | undefined {
  const plain = changeIn(parseOrNothing(text));
  if (plain !== undefined) return JSON.stringify(plain);
  const parts = text.split('.');
  for (const [index, part] of parts.entries()) {
    const coding = /[+/=]/.test(part) ? 'base64' : 'base64url';
    const changed = changeIn(parseOrNothing(Buffer.from(part, coding).toString('utf8')));
    if (changed === undefined) continue;
    return parts.with(index, Buffer.from(JSON.stringify(changed)).toString(coding)).join('.');
  }
  return undefined;
}

/** Only a text is changed, and by a letter: what is yes or no, or a number, might be what decides. */
function changeIn(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    const at = list.findIndex((each) => changeIn(each) !== undefined);
    return at === -1 ? undefined : list.with(at, changeIn(list[at]));
  }
  if (typeof value === 'string')
    return value === '' ? undefined : `${value.slice(0, -1)}${value.endsWith('x') ? 'y' : 'x'}`;
  if (!isObject(value)) return undefined;
  // What names the form of a signed token is no part of what it says.
  const found = Object.entries(value).find(
    ([key, member]) => key !== 'alg' && key !== 'typ' && changeIn(member) !== undefined,
  );
  return found === undefined ? undefined : { ...value, [found[0]]: changeIn(found[1]) };
}
