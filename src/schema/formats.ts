import { isIPv4, isIPv6 } from 'node:net';

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d{1,9})?(?:z|([+-])([01]\d|2[0-3]):([0-5]\d))$/i;
const DURATION =
  /^P(?:\d{1,9}W|(?=[\dT])(?:\d{1,9}Y)?(?:\d{1,9}M)?(?:\d{1,9}D)?(?:T(?=\d)(?:\d{1,9}H)?(?:\d{1,9}M)?(?:\d{1,9}S)?)?)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ATOM = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+$/i;
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
const NOT_URI = /[^a-z0-9\-._~:/?#[\]@!$&'()*+,;=%]|%(?![0-9a-f]{2})/i;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day >= 1 && day <= (month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0));
}

/** RFC 3339 section 5.6 full-time; second 60 only where UTC is 23:59 (section 5.7). */
function isTime(text: string): boolean {
  const parts = text.length > 24 ? null : TIME.exec(text);
  if (parts === null) return false;
  if (parts[3] !== '60') return true;
  const offset = (Number(parts[5] ?? 0) * 60 + Number(parts[6] ?? 0)) * (parts[4] === '-' ? -1 : 1);
  const minutes = Number(parts[1]) * 60 + Number(parts[2]) - offset;
  return (minutes + 2 * 1440) % 1440 === 1439;
}

function isDateTime(text: string): boolean {
  return text.length <= 35 && /^t$/i.test(text[10] ?? '') && isDate(text.slice(0, 10)) && isTime(text.slice(11));
}

/** RFC 1123 section 2.1. */
function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

/** RFC 5321 section 4.1.2 without quoted local parts and address literals. */
function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64) return false;
  return (
    text
      .slice(0, at)
      .split('.')
      .every((atom) => ATOM.test(atom)) && isHostname(text.slice(at + 1))
  );
}

/** RFC 3986 section 4.1, ASCII only. */
function isUriReference(text: string): boolean {
  return !NOT_URI.test(text) && text.indexOf('#') === text.lastIndexOf('#');
}

/** RFC 6901 section 3. */
function isPointer(text: string): boolean {
  return (text === '' || text.startsWith('/')) && !/~(?![01])/.test(text);
}

/** The formats that are checked. Every check takes time linear in the text. */
export const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ['date', isDate],
  ['time', isTime],
  ['date-time', isDateTime],
  ['duration', (text) => text.length <= 80 && DURATION.test(text)],
  ['uuid', (text) => UUID.test(text)],
  ['email', isEmail],
  ['hostname', isHostname],
  ['ipv4', (text) => isIPv4(text)],
  ['ipv6', (text) => !text.includes('%') && isIPv6(text)],
  ['uri', (text) => SCHEME.test(text) && isUriReference(text)],
  ['uri-reference', isUriReference],
  ['json-pointer', isPointer],
]);

/** Formats that limit the length of what they accept, so that such a string needs no `maxLength`. */
export const BOUNDING_FORMATS: ReadonlySet<string> = new Set([
  'date',
  'time',
  'date-time',
  'duration',
  'uuid',
  'email',
  'hostname',
  'ipv4',
  'ipv6',
]);

/** Formats of OpenAPI that say something about storage or display and check nothing. */
export const SILENT_FORMATS: ReadonlySet<string> = new Set(['int32', 'int64', 'float', 'double', 'password']);
