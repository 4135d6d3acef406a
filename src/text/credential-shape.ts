/*
 * Tells credentials by their looks, to keep them out of places where only references belong. It is a net for slips: what
 * has no known form and little variety passes.
 */

/** Each form is anchored at a place where no word goes on, and bounded. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/],
  ['an age identity', /\bAGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{30,}/],
  ['an AWS access key', /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b/],
  ['a GitHub token', /\b(?:gh[opusr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})/],
  ['a GitLab token', /\bgl(?:pat|dt|rt|ptt|soat|cbt)-[A-Za-z0-9_-]{20,}/],
  ['a Slack token', /\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-\d-[A-Z0-9]{8,}/],
  ['a Stripe key', /\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bwhsec_[A-Za-z0-9+/]{20,}/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}/],
  ['a Google token', /\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}/],
  ['a model provider key', /\bsk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{20,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}/],
  ['a PyPI token', /\bpypi-AgE[A-Za-z0-9_-]{20,}/],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{30,}/],
  ['a SendGrid key', /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}/],
  ['a HashiCorp Vault token', /\bhv[sbr]\.[A-Za-z0-9_-]{20,}/],
  ['a DigitalOcean token', /\bdo[opr]_v1_[a-f0-9]{64}/],
  ['a Docker token', /\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}/],
  ['an Atlassian token', /\bATATT3[A-Za-z0-9_=-]{30,}/],
  ['a Shopify token', /\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/],
  ['a Databricks token', /\bdapi[a-f0-9]{32}/],
  ['an Azure storage key', /\bAccountKey=[A-Za-z0-9+/]{40,}/],
  ['a signed token', /\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{10,}/],
  ['a URL with a password', /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/?#@:"'<>]{0,100}:[^\s/?#@"'<>]{1,200}@/i],
  ['an authorization header', /\b(?:bearer|basic) +[A-Za-z0-9._~+/-]{16,}/i],
];

/** What kind of credential stands in a text, by a form that hardly anything else has. */
export function findCredential(text: string): string | undefined {
  return locateCredential(text)?.kind;
}

/** The same, with the index at which it begins. */
export function locateCredential(text: string): { readonly kind: string; readonly index: number } | undefined {
  for (const [kind, form] of FORMS) {
    const index = text.search(form);
    if (index !== -1) return { kind, index };
  }
  return undefined;
}

const RUN = /[A-Za-z0-9+_-]{20,}={0,2}/g;
const CLASSES = [/[a-z]/, /[A-Z]/, /\d/];
const [ENOUGH_BITS, HEX_CHARACTERS, UNUSUAL_CHARACTERS] = [3.6, 32, 16];

/** Whether a text holds something that looks drawn by chance: long, of mixed characters, none often, and no words. */
export function holdsRandom(text: string): boolean {
  return (text.match(RUN) ?? []).some((run) => {
    if (/^[0-9a-f]+$/i.test(run)) return run.length >= HEX_CHARACTERS && /\d/.test(run) && /[a-f]/i.test(run);
    return unusual(run) >= UNUSUAL_CHARACTERS && CLASSES.every((one) => one.test(run)) && bitsOf(run) >= ENOUGH_BITS;
  });
}

/** Characters that are in no word or number between dashes and underscores. */
function unusual(run: string): number {
  return run
    .split(/[_-]/)
    .filter((part) => !isWord(part))
    .reduce((sum, { length }) => sum + length, 0);
}

/** `camelCase2`: pieces of one case or of digits, of three characters and more on the average. */
function isWord(part: string): boolean {
  const pieces = part.match(/[A-Z]?[a-z]+|[A-Z]+|\d+/g) ?? [];
  return /^[A-Za-z0-9]*$/.test(part) && part.length >= 3 * pieces.length;
}

/** Shannon entropy of the characters, in bits each. */
function bitsOf(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
