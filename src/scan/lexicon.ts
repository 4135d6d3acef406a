/** What a word stands for in a sequence rule. A word may stand for several things. */
export type Concept =
  | 'override'
  | 'prior'
  | 'every'
  | 'rules'
  | 'not'
  | 'without'
  | 'tell'
  | 'person'
  | 'secretly'
  | 'keep'
  | 'hidden'
  | 'you'
  | 'now'
  | 'be'
  | 'unbound'
  | 'mode'
  | 'bypass'
  | 'disarm'
  | 'safety'
  | 'must'
  | 'order'
  | 'use'
  | 'other'
  | 'tool'
  | 'take'
  | 'send'
  | 'into'
  | 'credential'
  | 'private'
  | 'place'
  | 'outward'
  | 'ask'
  | 'approval'
  | 'already'
  | 'reveal'
  | 'prompt'
  | 'follow'
  | 'remote'
  | 'execute'
  | 'decode'
  | 'encoded'
  | 'defend';

/** Words of each concept, in lower case. English first, then what the same attack says in other languages. */
const WORDS: Readonly<Record<Concept, string>> = {
  override:
    'ignore ignores ignoring disregard disregards forget forgets override overrides overriding discard neglect supersede supersedes ' +
    'ignorar ignora olvida olvidar ignorez ignorer oubliez ignoriere ignorieren vergiss ignorare ignori dimentica esqueca zignoruj',
  prior:
    'previous prior earlier above preceding past former original initial existing preloaded system developer safety ' +
    'anteriores anterior previas precedentes precedents anterieures vorherigen bisherigen precedenti poprzednie',
  every: 'all any every each entire todas todos toutes tous alle tutte tutti wszystkie',
  rules:
    'instruction instructions guideline guidelines rule rules prompt prompts directive directives policy policies constraint constraints ' +
    'restriction restrictions order orders configuration safeguards safety training context ' +
    'instrucciones reglas consignes regles anweisungen regeln istruzioni regole instrucoes regras instrukcje',
  not: 'not never dont doesnt shouldnt mustnt cannot no avoid refrain nunca jamais nie niemals non nao',
  without: 'without sans ohne senza sem sin bez',
  tell: 'tell tells telling mention mentions mentioning inform informing notify notifying disclose disclosed disclosing reveal revealing show showing say saying report reporting alert alerting warn warning expose explain display surface acknowledge',
  person:
    'user users human humans person people anyone operator owner customer them him her end usuario utilisateur benutzer utente uzytkownik',
  secretly: 'silently secretly covertly quietly discreetly invisibly stealthily unnoticed',
  keep: 'keep hide conceal mask obscure withhold',
  hidden: 'secret hidden confidential unseen invisible undisclosed',
  you: 'you your youre assistant agent ai model llm',
  now: 'now henceforth onwards hereafter',
  be: 'are act acting pretend behave become roleplay simulate switch enter enable activate',
  unbound:
    'developer unrestricted uncensored unfiltered jailbroken jailbreak dan root admin administrator superuser hacker god evil unlimited limitless',
  mode: 'mode persona role character',
  bypass:
    'bypass bypasses bypassing circumvent disable disables disabling evade skip skipping remove turn defeat suppress',
  // As orders, not as what an option does.
  disarm: 'bypass circumvent disable evade skip remove turn defeat suppress',
  safety:
    'safety security filter filters guard guardrail guardrails moderation restriction restrictions check checks validation safeguard safeguards protection protections confirmation approval consent permission',
  must: 'must always shall required mandatory need needs should have important critical essential necessary make sure ensure only',
  order: 'before first prior instead after whenever when once every beforehand',
  use: 'use using call calls calling invoke invoking run running execute executing select choose prefer perform performing',
  other: 'other others another any all every else different remaining',
  tool: 'tool tools function functions server servers command operation',
  take: 'read reads reading get fetch extract extracting collect gather retrieve access open cat load grab capture find locate include including list copy dump harvest steal',
  send: 'send sends sending forward forwards forwarding post upload uploads transmit transmitting exfiltrate leak email mail bcc cc copy relay report submit append pass provide include put place insert write curl deliver share add attach embed redirect',
  into: 'to into as in with via through at inside within onto',
  credential:
    'credential credentials password passwords passwd secret secrets token tokens apikey key keys ssh rsa ed25519 pem env dotenv cookie cookies session keychain keyring wallet seed mnemonic shadow kubeconfig netrc htpasswd bearer jwt aws',
  private:
    'conversation history chat transcript messages memory context file files contents content environment variables variable config configuration mcp json details data response results result information',
  place: 'sidenote side note parameter argument field metadata feedback summary notes url query header body attachment',
  outward:
    'http https webhook attacker external remote server endpoint url www pastebin ngrok collaborator outside third party domain',
  ask: 'ask asking request requesting require requiring prompt prompting wait waiting seek obtain getting confirm confirming verify',
  approval:
    'permission confirmation approval consent authorization authorisation oversight intervention confirming asking review knowledge awareness notice notification informing telling',
  already: 'already previously pre cached earlier preauthorized preapproved',
  reveal: 'reveal show output print repeat display dump disclose leak share expose return include',
  prompt: 'prompt instructions instruction rules guidelines',
  follow: 'follow obey comply execute apply act adhere treat trust adopt',
  remote:
    'remote fetched downloaded retrieved returned found received external web webpage page email message response record returned contained embedded',
  execute: 'execute run eval curl wget bash sh powershell python install',
  decode: 'decode decrypt unescape deobfuscate decoded',
  encoded: 'base64 hex rot13 encoded encrypted string payload blob following',
  defend:
    'detect detects detecting detection prevent prevents preventing block blocks blocking protect protects against mitigate filter sanitize defend defence defense attack attacks attempts attempt vulnerability vulnerabilities scan scans scanner test tests example documentation learn article cve',
};

/** Phrases of languages that are written without spaces. */
export const PHRASES: readonly (readonly [rule: string, phrase: string])[] = Object.freeze([
  ['override', '\u5ffd\u7565\u4e4b\u524d'],
  ['override', '\u5ffd\u7565\u6240\u6709'],
  ['override', '\u5ffd\u7565\u4ee5\u4e0a'],
  ['override', '\u65e0\u89c6\u4e4b\u524d'],
  ['override', '\u5fd8\u8bb0\u4e4b\u524d'],
  ['override', '\u4ee5\u524d\u306e\u6307\u793a\u3092\u7121\u8996'],
  ['override', '\u3053\u308c\u307e\u3067\u306e\u6307\u793a'],
  ['secrecy', '\u4e0d\u8981\u544a\u8bc9\u7528\u6237'],
  ['secrecy', '\u30e6\u30fc\u30b6\u30fc\u306b\u8a00\u308f\u306a\u3044'],
]);

/** Concepts of each word. */
export const LEXICON: ReadonlyMap<string, ReadonlySet<Concept>> = createLexicon();

function createLexicon(): ReadonlyMap<string, ReadonlySet<Concept>> {
  const lexicon = new Map<string, Set<Concept>>();
  for (const [concept, words] of Object.entries(WORDS) as readonly (readonly [Concept, string])[]) {
    for (const word of words.split(' ')) {
      const known = lexicon.get(word) ?? new Set<Concept>();
      lexicon.set(word, known.add(concept));
    }
  }
  return lexicon;
}
