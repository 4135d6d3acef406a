/** Bits of information per character (Shannon): about 1 for `xxxx0000`, 3.5 and more for a random token. */
export function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** Whether decimal digits have the check digit of ISO/IEC 7812-1 (Luhn). */
function hasLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}

/** A number of any length modulo 97. */
function mod97(digits: string): number {
  let rest = 0;
  for (const digit of digits) rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}

/** Lengths of an IBAN by country (ISO 13616 registry). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 ' +
    'FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 ' +
    'LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 ' +
    'RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** The length of the IBAN at the start of a text without blanks in upper case; 0 where there is none (ISO 7064 MOD 97-10). */
export function ibanLength(text: string): number {
  const length = IBAN_LENGTHS.get(text.slice(0, 2)) ?? 0;
  if (length === 0 || text.length < length) return 0;
  const iban = text.slice(0, length);
  const moved = iban.slice(4) + iban.slice(0, 4);
  const digits = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return mod97(digits) === 1 ? length : 0;
}

/** Whether digits are the number of a payment card: length and issuer (ISO/IEC 7812), check digit. */
export function isCard(digits: string): boolean {
  const { length } = digits;
  if (length < 13 || length > 19 || /^(\d)\1*$/.test(digits)) return false;
  const issuer =
    digits.startsWith('4') ||
    /^5[1-5]/.test(digits) ||
    /^2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)/.test(digits) ||
    /^3(?:[47]|0[0-5]|[689])/.test(digits) ||
    /^35(?:2[89]|[3-8])/.test(digits) ||
    /^6(?:011|5|4[4-9]|2|0|[79])/.test(digits);
  return issuer && hasLuhn(digits);
}

function weighted(digits: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, at) => sum + weight * Number(digits[at]), 0);
}

const LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Spain, DNI and NIE: the letter is the number modulo 23. */
export function isSpanishId(text: string): boolean {
  const number = Number(text.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2'));
  return LETTERS[number % 23] === text.at(-1);
}

/** France, NIR: two digits make up the number modulo 97; Corsica has letters. */
export function isFrenchId(text: string): boolean {
  const digits = text.replace('2A', '19').replace('2B', '18');
  return 97 - mod97(digits.slice(0, 13)) === Number(digits.slice(13));
}

/** Poland, PESEL. */
export function isPolishId(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  const check = (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && check === Number(digits[10]);
}

/** Brazil, CPF: two check digits modulo 11. */
export function isBrazilianId(digits: string): boolean {
  if (/^(\d)\1*$/.test(digits)) return false;
  const check = (count: number) => {
    const weights = Array.from({ length: count }, (_, at) => count + 1 - at);
    return ((weighted(digits, weights) * 10) % 11) % 10;
  };
  return check(9) === Number(digits[9]) && check(10) === Number(digits[10]);
}

const ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Italy, codice fiscale: the last letter checks the others. */
export function isItalianId(text: string): boolean {
  let sum = 0;
  for (let at = 0; at < 15; at++) {
    const code = text.charCodeAt(at);
    const value = code < 58 ? code - 48 : code - 65;
    sum += at % 2 === 0 ? (ODD[value] ?? 0) : value;
  }
  return text.charCodeAt(15) - 65 === sum % 26;
}

/** United States, social security number: parts that were never given out are not one. */
export function isAmericanId(digits: string): boolean {
  const [area, group, serial] = [digits.slice(0, 3), digits.slice(3, 5), digits.slice(5)];
  return area !== '000' && area !== '666' && area < '900' && group !== '00' && serial !== '0000';
}
