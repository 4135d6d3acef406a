import { isObject, type JsonObject } from '../../protocol/json.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { neutralise } from '../../text/neutralise.ts';

/** Decides on a form or a URL that a handler wants to put before a person. */
export interface CheckElicitation {
  form(message: string, schema: JsonObject): Decision;
  url(url: string): Decision;
}

/** Words for secrets, in text that {@link plain} has split into words. */
const SECRET = new RegExp(
  [
    'pass ?(?:word|phrase|code|key|wd)s?',
    'pwd',
    'secrets?(?! (?:santa|level))',
    '(?:access |refresh |bearer |auth |id |session )?tokens?',
    '(?:api|private|secret|access|signing|encryption|ssh|recovery) ?keys?',
    'credentials?',
    '(?:pin|pins|cvv2?|cvc2?|ssn|iban|otp|totp|2fa|mfa)',
    'seed (?:phrase|words)|mnemonic',
    '(?:credit|debit|bank|payment) ?cards?|card ?(?:number|no)',
    'social security',
    '(?:one time|security|verification|recovery|backup|authentication|login) codes?',
    'passwort|kennwort|contrasena|mot de passe|senha',
  ]
    .map((word) => `\\b(?:${word})\\d*\\b`)
    .concat('password|passphrase|passcode|passwd|apikey|privatekey|secretkey|clientsecret|accesstoken|credential')
    .join('|'),
);
const CREDENTIAL_NAME =
  /^(?:.*[_-])?(?:token|jwt|code|key|apikey|secret|session|sid|auth|authorization|password|passwd|pwd|pass|sig|signature|assertion)$/;
const PERSONAL_NAME = /^(?:e-?mail|user|user_?name|login|phone|sub|subject|upn|login_hint)$/;
const PERSONAL_VALUE = /^eyJ[\w-]+\.|^bearer |[^\s@]@[^\s@]+\.[a-z]/i;

/**
 * Never asks for a secret by form: what a person types there passes through the client. Such input goes to a page, whose
 * URL is https (or loopback) and carries no credential and nothing about the person (MCP 2026-07-28 client/elicitation).
 */
export function configure(settings: Settings): CheckElicitation {
  if (!isOn(settings, 'sensitive-elicitation')) return { form: () => PASS, url: () => PASS };
  return {
    form(message: string, schema: JsonObject): Decision {
      if (asksForSecret(message)) return deny('CHANNEL_CLOSED', { detail: 'the form message asks for a secret' });
      const named = secretField(schema);
      return named === undefined ? PASS : deny('CHANNEL_CLOSED', { detail: `the form asks for a secret: ${named}` });
    },
    url(url: string): Decision {
      const problem = urlProblem(url);
      return problem === undefined ? PASS : deny('CHANNEL_CLOSED', { detail: problem });
    },
  };
}

/** Lower-case words with one space between: no hidden character, accent, hump or separator hides one from the list. */
function plain(text: string): string {
  return neutralise(text)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, ' ')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ');
}

function asksForSecret(text: unknown): boolean {
  return typeof text === 'string' && SECRET.test(plain(text));
}

function secretField(schema: JsonObject): string | undefined {
  if (asksForSecret(schema['title']) || asksForSecret(schema['description'])) return 'the form itself';
  const properties = schema['properties'];
  if (!isObject(properties)) return undefined;
  for (const [name, field] of Object.entries(properties)) {
    const words = isObject(field) ? [name, field['title'], field['description']] : [name];
    if (words.some(asksForSecret)) return name;
  }
  return undefined;
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'the URL does not parse';
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return 'the URL is not https';
  if (url.username !== '' || url.password !== '') return 'the URL carries a credential';
  for (const [name, value] of [...url.searchParams, ...new URLSearchParams(url.hash.slice(1))]) {
    const lower = name.toLowerCase();
    if (CREDENTIAL_NAME.test(lower) || PERSONAL_NAME.test(lower) || PERSONAL_VALUE.test(value))
      return 'the URL carries a credential or says who the person is';
  }
  return undefined;
}
