import { usesOwnCredential } from './credentials-of-callers.ts';
import type { SettingFact } from './facts.ts';
import type { Module, Offset } from './ir.ts';
import { findsOfAnybody } from './object-owners.ts';
import { opensOnFailure } from './open-failures.ts';
import { spotOf } from './notes.ts';
import { structureOf } from './structure.ts';
import { acceptedAt } from './verdicts-of-checks.ts';
import { servesAnySession } from './session-owners.ts';
import { walk, type Part } from './walk.ts';

const TLS: ReadonlySet<string> = new Set(['rejectUnauthorized', 'strictSSL']);

/** What a file sets or asks for that says something of all of it, wherever it stands. */
export function settingsOf(module: Module): readonly SettingFact[] {
  const found: SettingFact[] = [];
  const note = (setting: SettingFact['setting'], at: Offset): void => {
    if (found.length < 200) found.push({ ...spotOf(module, at), setting, isBuilt: module.isBuilt });
  };
  walk(module, (part, name) => {
    const { kind, value, at } = part;
    if (kind === 'literal' && typeof at === 'number') {
      if (value === false && TLS.has(name)) note('tls-unchecked', at);
      if ((value === '0' || value === 0) && name === 'NODE_TLS_REJECT_UNAUTHORIZED') note('tls-unchecked', at);
    }
    if (textRead(part) === 'aud' && typeof at === 'number') note('reads-audience', at);
    if (module.language === 'python') {
      const unchecked = isUnchecked(part) ? at : uncheckedAt(part);
      if (typeof unchecked === 'number') note('tls-unchecked', unchecked);
    }
    const open = acceptedAt(part);
    if (open !== undefined) note('accepts-any-token', open);
    const header = headerOf(part);
    if (header !== undefined && typeof at === 'number') note(header, at);
  });
  for (const at of usesOwnCredential(module)) note('own-credential', at);
  for (const at of servesAnySession(module)) note('any-session', at);
  for (const at of findsOfAnybody(module)) note('any-object', at);
  for (const at of opensOnFailure(module)) note('opens-on-failure', at);
  return [...found, ...structureOf(module)];
}

const CLIENTS =
  /^(?:get|post|put|patch|delete|head|options|request|stream|ws_connect|Client|AsyncClient|(?:Async)?HTTPTransport|TCPConnector|ClientSession)$/;

/** `requests.get(url, verify=False)`, `aiohttp.TCPConnector(ssl=False)`, `ssl._create_unverified_context`. */
function isUnchecked({ kind, name, callee, args }: Part): boolean {
  if (kind === 'member' && name === '_create_unverified_context') return true;
  if (kind !== 'call' || !CLIENTS.test(nameIn(callee) ?? '') || !Array.isArray(args)) return false;
  return args.some(
    (arg: Part) => /^(?:verify|ssl|verify_ssl)$/.test(String(arg['name'])) && literalIn(arg['value']) === false,
  );
}

/** `session.verify = False`, `context.verify_mode = ssl.CERT_NONE`, `cert_reqs=ssl.CERT_NONE`. */
function uncheckedAt({ kind, target, value, name }: Part): unknown {
  const member = kind === 'assign' ? (target as Part | undefined) : undefined;
  const isMember = member?.['kind'] === 'member';
  const [held, at] = [value as Part | undefined, isMember ? member['at'] : (value as Part | undefined)?.['at']];
  const isNone = held?.['kind'] === 'member' && held['name'] === 'CERT_NONE';
  if (isMember && nameIn(member) === 'verify_mode' && isNone) return at;
  if (isMember && nameIn(member) === 'verify' && literalIn(value) === false) return at;
  return name === 'cert_reqs' && isNone ? at : undefined;
}

/** `request.headers.host`, `headers['origin']`, `request.get('host')`. */
function headerOf(part: Part): 'reads-host' | undefined {
  const text = part['kind'] === 'call' || nameIn(part['of']) === 'headers' ? textRead(part) : undefined;
  const header = typeof text === 'string' ? text.toLowerCase() : undefined;
  return header === 'host' ? 'reads-host' : undefined;
}

/** What is read by a name that is written out: `x.name`, `x['name']`, `x.get('name')`. */
function textRead({ kind, name, index, callee, args }: Part): unknown {
  if (kind === 'member') return name;
  if (kind === 'index') return literalIn(index);
  if (kind !== 'call' || !/^(?:get|header)$/.test(nameIn(callee) ?? '') || !Array.isArray(args)) return undefined;
  return literalIn((args[0] as Part | undefined)?.['value']);
}

function nameIn(node: unknown): string | undefined {
  const name = (node as Part | undefined)?.['name'];
  return typeof name === 'string' ? name : undefined;
}

function literalIn(node: unknown): unknown {
  const part = node as Part | undefined;
  return part?.['kind'] === 'literal' ? part['value'] : undefined;
}
