import {
  ibanLength,
  isAmericanId,
  isBrazilianId,
  isCard,
  isFrenchId,
  isItalianId,
  isPolishId,
  isSpanishId,
} from './checks.ts';
import { detector, type Detector } from './detector.ts';

const digitsOf = (text: string): string => text.replaceAll(/\D/g, '');

/** The IBAN that a match begins with. */
function ibanIn(match: string): readonly [number, number] | false {
  const length = ibanLength(match.replaceAll(' ', ''));
  if (length === 0) return false;
  let [seen, at] = [0, 0];
  while (seen < length) {
    if (match[at] !== ' ') seen += 1;
    at += 1;
  }
  return [0, at];
}

/** The number of a card, with or without the group behind it: that may be a date or a check value. */
function cardIn(match: string): readonly [number, number] | false {
  for (const text of [match, match.replace(/[ -]\d{1,3}$/, '')]) if (isCard(digitsOf(text))) return [0, text.length];
  return false;
}

/** E.164: at most 15 digits; an access code of two zeros is none of them. */
function isPhone(match: string): boolean {
  const digits = digitsOf(match);
  const { length } = match.startsWith('00') ? digits.slice(2) : digits;
  return length >= 8 && length <= 15;
}

/** As cards are printed, in fours or as 4-6-5, and without blanks. */
const CARD =
  '[0-9]{4}[ -][0-9]{4}[ -][0-9]{4}[ -][0-9]{4}(?:[ -][0-9]{1,3})?|[0-9]{4}[ -][0-9]{6}[ -][0-9]{4,5}|[0-9]{13,19}';

/** What personal data looks like; where the data has a check digit it is checked. */
export const PERSONAL: readonly Detector[] = [
  detector(
    'email',
    'e-mail address',
    '@',
    String.raw`[\pL\pN._%+'-]{1,64}@(?:[\pL\pN](?:[\pL\pN-]{0,62})\.){1,8}[\pL]{2,24}`,
  ),
  detector('iban', 'IBAN', /[A-Z]{2}\d{2}/, '[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}', ibanIn),
  detector('card', 'card number', /\d{4}/, CARD, cardIn),
  detector('nationalId', 'social security number', /\d{3}-\d/, '[0-9]{3}-[0-9]{2}-[0-9]{4}', (match) =>
    isAmericanId(digitsOf(match)),
  ),
  detector(
    'nationalId',
    'national insurance number',
    /[A-Z]{2} ?\d/,
    '[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]',
    (match) => !/^(?:BG|GB|KN|NK|NT|TN|ZZ)/.test(match),
  ),
  detector('nationalId', 'DNI or NIE', /[0-9]{7}-?[A-Z]/, '(?:[0-9]{8}|[XYZ][0-9]{7})-?[A-Z]', (match) =>
    isSpanishId(match.replace('-', '')),
  ),
  detector(
    'nationalId',
    'codice fiscale',
    /[A-Z]{6}[0-9]/,
    '[A-Z]{6}[0-9]{2}[A-EHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z]',
    isItalianId,
  ),
  detector(
    'nationalId',
    'NIR',
    /[12] ?\d/,
    '[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}',
    (match) => isFrenchId(match.replaceAll(' ', '')),
  ),
  detector('nationalId', 'PESEL', /\d{11}/, '[0-9]{11}', isPolishId),
  detector('nationalId', 'CPF', /\d{3}\.\d/, '[0-9]{3}\\.[0-9]{3}\\.[0-9]{3}-[0-9]{2}', (match) =>
    isBrazilianId(digitsOf(match)),
  ),
  detector(
    'phone',
    'phone number',
    /\+[\d(]|\b00[1-9]/,
    String.raw`(?:\+|\b00)[ ]?\(?[1-9][0-9 ().\x2d/]{5,22}[0-9]`,
    isPhone,
  ),
  detector(
    'phone',
    'phone number',
    /\d{3}\)? ?[.-]? ?\d{3}[.-]/,
    String.raw`\(?[2-9][0-9]{2}\)?[ .-]?[2-9][0-9]{2}[.-][0-9]{4}`,
  ),
];
