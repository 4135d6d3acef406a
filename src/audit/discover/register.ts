import { itemsOf, member, membersOf, textOf, type Located } from '../gather/located.ts';

/** What somebody has written down as known. */
export interface Register {
  /** As `FoundServer.what` has it: `npm name@1.2.3`, `image name`, a URL, a command line. */
  readonly known: ReadonlySet<string>;
}

/**
 * Reads what is registered from an inventory (`server-inventory` of `portcullis evidence`), from the upstreams of
 * `portcullis.yaml`, or from `portcullis.lock`.
 * @throws TypeError when the file is none of these.
 */
export function readRegister(roots: readonly Located[]): Register {
  const known = new Set<string>();
  let isKnown = false;
  for (const root of roots) {
    const inventory = textOf(member(root, 'kind')) === 'server-inventory' ? member(root, 'servers') : undefined;
    for (const server of itemsOf(inventory))
      if (textOf(member(server, 'state')) !== 'retired') addServer(server, known);
    const upstreams = member(root, 'upstreams');
    for (const [, upstream] of membersOf(upstreams)) addUpstream(upstream, known);
    isKnown ||= inventory !== undefined || upstreams?.members !== undefined;
  }
  if (!isKnown)
    throw new TypeError(
      'it has neither servers of a server-inventory nor upstreams of portcullis.yaml or portcullis.lock',
    );
  return { known };
}

function addServer(server: Located, known: Set<string>): void {
  for (const endpoint of itemsOf(member(server, 'endpoints'))) add(textOf(endpoint), known);
}

function addUpstream(upstream: Located, known: Set<string>): void {
  const [name, url, source] = ['package', 'url', 'source'].map((key) => textOf(member(upstream, key)));
  // A lock names its packages as `npm name@1.2.3` does without the word.
  for (const reference of [name, source]) if (reference !== undefined) add(asReference(reference), known);
  add(url, known);
  const command = textOf(member(upstream, 'command'));
  if (command === undefined) return;
  const args = itemsOf(member(upstream, 'args')).map((each) => textOf(each) ?? '');
  add([command, ...args].join(' '), known);
}

function asReference(text: string): string {
  return /^(?:https?:|\/|\.)/.test(text) || text.includes(' ') ? text : `npm ${text.replace(/^npm:/, '')}`;
}

function add(text: string | undefined, known: Set<string>): void {
  if (text === undefined || text.trim() === '') return;
  known.add(plainUrl(text.trim()));
}

function plainUrl(text: string): string {
  const url = /^https?:/i.test(text) ? URL.parse(text) : null;
  return url === null ? text : url.origin + url.pathname;
}

/**
 * Whether something is registered. What is registered without a version is known at every version; what is registered with one
 * is known at that one alone, and never where it floats.
 */
export function isRegistered({ known }: Register, what: string): boolean {
  const plain = plainUrl(what);
  return known.has(plain) || known.has(withoutVersion(plain));
}

function withoutVersion(what: string): string {
  const [, kind, reference = ''] = /^(npm|python|image) (.+)$/.exec(what) ?? [];
  if (kind === 'npm') return `npm ${reference.replace(/(?<=.)@[^@/]*$/, '')}`;
  if (kind === 'python') return `python ${reference.replace(/(?:==|@).*$/, '')}`;
  return kind === 'image' ? `image ${reference.replace(/@sha256:[0-9a-f]{64}$/, '').replace(/:[\w.-]+$/, '')}` : what;
}
