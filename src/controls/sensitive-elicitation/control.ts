import { isObject, type JsonObject } from '../../protocol/json.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Decides on a form or a URL that a handler wants to put before a person. */
export interface CheckElicitation {
  form(message: string, schema: JsonObject): Decision;
  url(url: string): Decision;
}

const SECRET =
  /pass(?:word|phrase|code)|secret|token|api[-_ ]?key|private[-_ ]?key|credential|\bpin\b|\bcvv\b|\bcvc\b|card[-_ ]?number|\bssn\b|social[-_ ]?security|\biban\b|one[-_ ]?time[-_ ]?code|\botp\b|\b2fa\b|mfa/i;
const PERSONAL_QUERY = /(?:^|[&?])(?:email|token|access_token|user|username|code|key|session|jwt|auth|password)=/i;

/**
 * Never asks for a secret by form: what a person types there passes through the client. Such input goes to a page, whose
 * URL is https (or loopback) and carries no credential and nothing about the person (MCP 2026-07-28 client/elicitation).
 */
export function configure(settings: Settings): CheckElicitation {
  if (!isOn(settings, 'sensitive-elicitation')) return { form: () => PASS, url: () => PASS };
  return {
    form(message: string, schema: JsonObject): Decision {
      const named = secretField(schema);
      if (named !== undefined) return deny('CHANNEL_CLOSED', { detail: `the form asks for a secret: ${named}` });
      return SECRET.test(message) ? deny('CHANNEL_CLOSED', { detail: 'the form message asks for a secret' }) : PASS;
    },
    url(url: string): Decision {
      const problem = urlProblem(url);
      return problem === undefined ? PASS : deny('CHANNEL_CLOSED', { detail: problem });
    },
  };
}

function secretField(schema: JsonObject): string | undefined {
  const properties = schema['properties'];
  if (!isObject(properties)) return undefined;
  for (const [name, field] of Object.entries(properties)) {
    const words = isObject(field) ? [name, field['title'], field['description']] : [name];
    const spaced = words.map((word) => (typeof word === 'string' ? word.replace(/([a-z])([A-Z])/g, '$1_$2') : ''));
    if (spaced.some((word) => SECRET.test(word))) return name;
  }
  return undefined;
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'the URL does not parse';
  const loopback = ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback)) return 'the URL is not https';
  if (url.username !== '' || url.password !== '') return 'the URL carries a credential';
  return PERSONAL_QUERY.test(url.search) ? 'the URL carries a credential or says who the person is' : undefined;
}
