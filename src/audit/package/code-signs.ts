/** Something in the text of shipped code that a reader has to know of. */
export interface CodeSign {
  readonly file: string;
  readonly line: number;
  readonly kind: 'loader' | 'obfuscated' | 'credentials';
  /** What was seen, cut. */
  readonly what: string;
}

const MOST_SIGNS = 20;
/** Code that is made of a text which nobody can read as it stands. */
const LOADERS: readonly RegExp[] = [
  /\b(?:eval|Function)\s*\(\s*(?:atob|Buffer\.from|unescape|decodeURIComponent|String\.fromCharCode)\s*\(/g,
  /\bnew Function\s*\(\s*(?:atob|Buffer\.from)\s*\(/g,
  /\beval\s*\(\s*(?:await\s+)?(?:fetch|axios(?:\.get)?)\s*\(/g,
  /\.runIn(?:This|New)?Context\s*\(\s*(?:atob|Buffer\.from)\s*\(/g,
  /\b_compile\s*\(\s*(?:atob|Buffer\.from|zlib\.)[^)]{0,80}\(/g,
];
/** Names that programs give which make code unreadable. */
const MANGLED = /\b_0x[0-9a-f]{4,6}\b/g;
const MANY_MANGLED = 40;
/** Where people keep what opens other doors, and no library that speaks to one of them has to look. */
const KEPT: readonly (readonly [RegExp, string])[] = [
  [
    /[~/\\'"`]\.ssh[/\\]+(?:id_(?:rsa|ed25519|ecdsa|dsa)|authorized_keys)\b|['"`]id_(?:rsa|ed25519)['"`]/g,
    'keys of SSH',
  ],
  [/\.aws['"`,\s/\\]+credentials\b/g, 'credentials of AWS'],
  [/\.config[/\\'"`,\s]+gcloud\b/g, 'credentials of Google Cloud'],
  [/\.kube['"`,\s/\\]+config\b/g, 'credentials of clusters'],
  [/\.docker['"`,\s/\\]+config\.json\b/g, 'credentials of registries'],
  [/\.git-credentials\b|\.netrc\b/g, 'credentials of git'],
  [/(?:homedir\(\)|HOME|~)[^\n]{0,40}\.npmrc\b/g, 'credentials of npm'],
  [/\bLogin Data\b|\bkey4\.db\b|\blogins\.json\b|\bCookies['"`]\s*\)/g, 'passwords of browsers'],
  [
    /\bwallet\.dat\b|\.config[/\\]+solana\b|\bExodus[/\\]+exodus\.wallet\b|nkbihfbeogaeaoehlefnkodbefgpgknn/g,
    'wallets',
  ],
];

/** Reads the text of one file of code. */
export function readCode(
  file: string,
  text: string,
): { readonly isMinified: boolean; readonly signs: readonly CodeSign[] } {
  const signs: CodeSign[] = [];
  const add = (kind: CodeSign['kind'], index: number, what: string): void => {
    if (signs.length < MOST_SIGNS) signs.push({ file, line: lineOf(text, index), kind, what });
  };
  for (const form of LOADERS)
    for (const { index, 0: what } of text.matchAll(form)) add('loader', index, what.slice(0, 120));
  const mangled = text.match(MANGLED)?.length ?? 0;
  if (mangled >= MANY_MANGLED) add('obfuscated', text.search(MANGLED), `${mangled} names such as _0x1a2b`);
  for (const [form, what] of KEPT) {
    const [first] = text.matchAll(form);
    if (first !== undefined) add('credentials', first.index, what);
  }
  return { isMinified: isMinified(text), signs };
}

function lineOf(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Whether lines are longer than people write them. */
function isMinified(text: string): boolean {
  if (text.length < 2000) return false;
  const lines = text.split('\n').length;
  return text.length / lines > 400;
}
