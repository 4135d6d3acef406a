import type { Model, OutsideCall } from '../../engine/machine.ts';
import { ALL, bothFacts, HARM } from '../../engine/origins.ts';
import { harmsTakenByMatch, harmsTakenByRemoval } from '../../engine/pattern.ts';
import { clearing, harmless, inside, tested, upwards } from '../../engine/state.ts';
import {
  itemsOf,
  madeOf,
  onlyText,
  originsIn,
  PLAIN,
  thingsOf,
  type Pattern,
  type Value,
} from '../../engine/values.ts';
import { pathOf } from './names.ts';

const MAKES: ReadonlySet<string> = new Set(
  (
    'trim trimStart trimEnd toLowerCase toUpperCase slice substring substr normalize toString padStart padEnd repeat concat ' +
    'valueOf at charAt decode text json buffer arrayBuffer toLocaleLowerCase toLocaleUpperCase'
  ).split(' '),
);
const TESTS: ReadonlySet<string> = new Set(
  'includes startsWith endsWith indexOf lastIndexOf search localeCompare'.split(' '),
);

/** Methods of texts: what they make of them, and what asking about them establishes. */
export const texts: Model = (call) => {
  const { receiver, name, args } = call;
  if (receiver === undefined) return undefined;
  const [first] = args;
  const isOutside = call.symbol !== undefined && receiver.origins === undefined && receiver.pieces === undefined;
  if (name === 'test' || name === 'exec') {
    const [pattern] = thingsOf(receiver, 'pattern');
    if (pattern !== undefined && first !== undefined) return matched(first, pattern, name === 'exec');
  }
  if (name === 'has' || name === 'includes') {
    const isList = thingsOf(receiver, 'object').length > 0 || isOutside || receiver.things !== undefined;
    if (isList && receiver.origins === undefined && first !== undefined) return membership(receiver, first);
    // A list that is not known, asked for something that a caller passes.
    if (receiver.origins === undefined && first?.origins !== undefined) return membership(receiver, first);
  }
  if (receiver.origins === undefined && receiver.pieces === undefined) return undefined;
  if (MAKES.has(name))
    return { ...madeOf('text', [receiver, ...args]), ...(receiver.pieces && { pieces: receiver.pieces }) };
  if (name === 'replace' || name === 'replaceAll') return replaced(name, receiver, args);
  if (name === 'split') return listOfParts(receiver);
  if (name === 'match' || name === 'matchAll') {
    const [pattern] = thingsOf(first, 'pattern');
    return pattern === undefined ? madeOf('text', [receiver]) : matched(receiver, pattern, true);
  }
  if (TESTS.has(name)) return asked(call, receiver);
  if (name === 'charCodeAt' || name === 'codePointAt') return PLAIN;
  return undefined;
};

function listOfParts(receiver: Value): Value {
  const parts = madeOf('text', [receiver]);
  return { things: [{ kind: 'object', fields: new Map(), rest: parts, isList: true }] };
}

function matched(value: Value, { source, flags }: Pattern, isResult: boolean): Value {
  const mask = harmsTakenByMatch(source, flags);
  const answer = tested([value], clearing(value, mask));
  if (!isResult) return answer;
  const { origins } = madeOf('text', [value]);
  return { ...(origins === undefined ? {} : { origins }), ...(answer.yes === undefined ? {} : { yes: answer.yes }) };
}

/** What is on a list of allowed ones is harmless; a list of refused ones says nothing. */
function membership(receiver: Value, value: Value): Value {
  if (itemsOf(receiver).some((each) => originsIn(each).length > 0)) return tested([value]);
  return tested([value], bothFacts(harmless(value), upwards(value)));
}

function replaced(name: string, receiver: Value, [what, by]: readonly Value[]): Value {
  if (name === 'replaceAll' && onlyText(what) === '<') return madeOf('text', [receiver], HARM.markup);
  if (name === 'replaceAll' && onlyText(what) === '/' && onlyText(by)?.includes('/') === false)
    return madeOf('text', [receiver], HARM.path);
  const [pattern] = thingsOf(what, 'pattern');
  // `\\$&` puts a backslash before each character that means something in an expression.
  const isEscaped = pattern?.flags.includes('g') === true && onlyText(by) === '\\$&';
  const mask = pattern === undefined ? 0 : harmsTakenByRemoval(pattern.source, pattern.flags);
  return madeOf('text', [receiver], isEscaped ? mask | HARM.pattern : mask);
}

const RESOLVED = /^(?:resolve|realpath|join|normalize)$/;

/** `startsWith`, `endsWith`, `includes` on a text that a caller passes. */
function asked({ name, args }: OutsideCall, receiver: Value): Value {
  const [first] = args;
  const text = onlyText(first);
  if (name === 'startsWith') return startsWith(receiver, first, text);
  if (name === 'endsWith' && text !== undefined && isHost(receiver) && text.startsWith('.') && text.length > 3)
    return tested([receiver], bothFacts(harmless(receiver), upwards(receiver)));
  return tested([receiver]);
}

function isHost({ origins }: Value): boolean {
  return origins?.every(({ how }) => /^\.(?:hostname|host)$|^text$/.test(how)) ?? false;
}

function startsWith(receiver: Value, prefix: Value | undefined, text: string | undefined): Value {
  const isRelative = receiver.origins?.some(({ how }) => how === 'relative') === true;
  if (isRelative && text?.startsWith('..')) {
    const of = receiver.origins?.flatMap(({ parents }) => parents) ?? [];
    return tested([receiver], undefined, inside({ origins: of }));
  }
  // `-x` would be read as an option.
  if (text === '-' || text === '--') return tested([receiver], undefined, clearing(receiver, HARM.option));
  if (text !== undefined && /^https?:\/\/[^/]+\/./.test(`${text} `) && /^https?:\/\/[^/]+\//.test(text))
    return tested([receiver], bothFacts(clearing(receiver, HARM.url), upwards(receiver)));
  const isResolved = receiver.origins?.every(({ how }) => RESOLVED.test(how)) === true;
  if (isResolved && endsWithSeparator(prefix)) return tested([receiver], inside(receiver));
  return tested([receiver]);
}

/** Whether a prefix ends where a name of a path ends. */
function endsWithSeparator(prefix: Value | undefined): boolean {
  const last = prefix?.pieces?.at(-1) ?? prefix;
  const text = onlyText(last);
  if (text !== undefined) return /[/\\]$/.test(text);
  return thingsOf(last, 'symbol').some(({ path }) => /^path\.(?:posix\.|win32\.)?sep$/.test(path));
}

const CHECKS: ReadonlyMap<string, number> = new Map([
  ['Number.isInteger', ALL],
  ['Number.isFinite', ALL],
  ['Number.isSafeInteger', ALL],
  ['uuid.validate', ALL],
  ['validator.isUUID', ALL],
  ['validator.isInt', ALL],
  ['validator.isNumeric', ALL],
  ['validator.isAlphanumeric', ALL],
  ['validator.isAlpha', ALL],
  ['net.isIP', ALL & ~HARM.url],
  ['net.isIPv4', ALL & ~HARM.url],
  ['net.isIPv6', ALL & ~HARM.url],
]);
const QUOTES: ReadonlySet<string> = new Set([
  'shell-quote.quote',
  'shell-escape',
  'shescape.quote',
  'shescape.quoteAll',
  'shlex.quote',
]);

const PATTERN_ESCAPES: ReadonlySet<string> = new Set([
  'RegExp.escape',
  'escape-string-regexp',
  'lodash.escapeRegExp',
  'lodash.escaperegexp',
  'lodash/escapeRegExp',
]);

/** What writes a text as markup does. */
const ESCAPES =
  /^(?:escape-html|lodash(?:\.|\/)escape|he\.(?:encode|escape)|html-entities\.encode|html-escaper\.escape|entities\.(?:encode|escape)\w*|validator\.escape|(?:isomorphic-)?dompurify\.sanitize|sanitize-html|xss(?:\.filterXSS)?|striptags|Bun\.escapeHTML|@?hono\/html\.html`)$/;

/** What writes a text as a value or a name of SQL does. */
const SQL_QUOTES =
  /^(?:pg\b.*\.escape(?:Identifier|Literal)|pg-format\.(?:ident|literal)|(?:mysql2?(?:\/promise)?|mariadb|sqlstring)\b.*\.escape(?:Id)?)$/;

/** Functions that establish something about a text, or make it harmless for one use. */
export const checks: Model = (call) => {
  const path = pathOf(call);
  const [first] = call.args;
  if (first === undefined) return undefined;
  const mask = CHECKS.get(path);
  if (mask !== undefined) return tested([first], clearing(first, mask));
  if (path === 'isNaN' || path === 'Number.isNaN') return tested([first], undefined, harmless(first));
  if (ESCAPES.test(path)) return madeOf('quoted', [first], HARM.markup);
  if (QUOTES.has(path)) return madeOf('quoted', [first], HARM.shell | HARM.option);
  if (SQL_QUOTES.test(path)) return madeOf('quoted', [first], HARM.sql);
  if (PATTERN_ESCAPES.has(path)) return madeOf('quoted', [first], HARM.pattern);
  return undefined;
};
