import { hasHidden } from '../text/neutralise.ts';
import type { ScanRule } from './finding.ts';

/** Something in the bytes of a text, whatever its words say. */
export interface Structure extends ScanRule {
  /** Where it is: its place and length, or nothing. Linear in the text. */
  find(text: string): { readonly at: number; readonly length: number } | undefined;
}

const byPattern = (pattern: RegExp) => (text: string) => {
  const match = pattern.exec(text);
  return match === null ? undefined : { at: match.index, length: match[0].length };
};

const CONTROL_TOKENS =
  /<\|[a-z_]{2,30}\|>|<<\/?sys>>|\[\/?inst\]|\[\/?system\](?!\s+tag)|<\/?(?:important|system|instructions?|secret|hidden|admin|assistant|user_query|critical|prompt)>|^(?:#{1,4} ?)?(?:system|assistant)(?: prompt| message)?: |\n(?:human|user|assistant|system): /im;

/** What is looked for besides words. */
export const STRUCTURES: readonly Structure[] = Object.freeze([
  {
    id: 'hidden-characters',
    severity: 'high',
    why: 'It holds characters that a person does not see and a model reads.',
    find: (text: string) => (hasHidden(text) ? { at: 0, length: text.length } : undefined),
  },
  {
    id: 'mixed-script',
    severity: 'high',
    why: 'A word mixes letters of two scripts that look alike.',
    find: byPattern(
      /[a-zA-Z][\u0370-\u03ff\u0400-\u052f]+[a-zA-Z]|[\u0400-\u052f][a-zA-Z]{2,}|[a-zA-Z]{2,}[\u0400-\u052f]/,
    ),
  },
  {
    id: 'stacked-marks',
    severity: 'high',
    why: 'Marks are stacked on a letter until it cannot be read.',
    find: byPattern(/\p{M}{4,}/u),
  },
  {
    id: 'control-tokens',
    severity: 'high',
    why: 'It imitates the marks by which a model tells who speaks.',
    find: byPattern(CONTROL_TOKENS),
  },
  {
    id: 'hidden-markup',
    severity: 'high',
    why: 'It holds a comment or an element that is not shown to a person.',
    find: byPattern(
      /<!--|\[\/\/\]: ?[#(<]|<(?:script|style|iframe|object|embed|img|svg|link|meta|form|template|noscript)[\s/>]|style ?= ?["'][^"']{0,80}(?:display: ?none|font-size: ?0|opacity: ?0|visibility: ?hidden)/i,
    ),
  },
  {
    id: 'remote-image',
    severity: 'high',
    why: 'A client that shows it fetches an address, with whatever was put into that address.',
    find: byPattern(/!\[[^\]]{0,200}\]\(\s{0,4}(?:https?:)?\/\//i),
  },
  {
    id: 'active-address',
    severity: 'high',
    why: 'It holds an address that runs code when it is opened.',
    find: byPattern(/\b(?:javascript|vbscript):[^\s]|data:text\/html/i),
  },
  {
    id: 'shell-command',
    severity: 'high',
    why: 'It holds a command that fetches and runs code, destroys data, or sends it away.',
    find: byPattern(
      /\b(?:curl|wget)\b[^\n|]{1,200}\|\s{0,4}(?:sudo )?(?:ba|z|da)?sh\b|\brm -[a-z]{0,4}[rf][a-z]{0,4} [~/]|base64 (?:-d|--decode)[^\n|]{0,80}\||\|\s{0,4}(?:curl|wget|nc|ncat)\b|\bdig \$\(|\bnc [\w.-]{1,100} \d{1,5}\b|powershell[^\n]{0,40} -e(?:nc|ncodedcommand)?\b|\/dev\/tcp\/|\bnc -e\b/i,
    ),
  },
  {
    id: 'catching-address',
    severity: 'high',
    why: 'It names a place that keeps whatever is sent to it for whoever made it.',
    find: byPattern(
      /\b(?:webhook\.site|(?:requestcatcher|hookbin|beeceptor|burpcollaborator|ngrok-free|ngrok)\.(?:com|net|io|app)|requestbin\.\w{2,4}|pipedream\.net|interact\.sh|oast\.(?:fun|live|me|online|pro|site)|canarytokens\.com)\b/i,
    ),
  },
  {
    id: 'lookalike-address',
    severity: 'high',
    why: 'It names a host whose letters are not those of the address that a person sees (RFC 3492).',
    find: byPattern(/\bxn--[a-z0-9-]{2,59}\.[a-z]{2,}/i),
  },
  {
    id: 'sensitive-path',
    severity: 'high',
    why: 'It names a file in which credentials are kept.',
    find: byPattern(
      /~\/\.(?:ssh|aws|kube|gnupg|docker|netrc|config\/gcloud|cursor|claude)\b|\bid_(?:rsa|ed25519|ecdsa)\b|\/etc\/(?:passwd|shadow|sudoers)\b|\.aws\/credentials|mcp\.json\b.{0,40}(?:read|content|key)|(?:read|cat|open|include|contents? of).{0,30}(?:mcp\.json|\.env\b)/i,
    ),
  },
]);

/** The rules that a lock says it was scanned with: changed whenever one of them is, or a word of the lexicon. */
export const RULES_VERSION = '2026.11.2';

/** The longest description that a person still reads. */
export const LONGEST_TEXT = 8_192;
