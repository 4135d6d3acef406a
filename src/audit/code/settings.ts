import { usesOwnCredential } from './credentials-of-callers.ts';
import type { SettingFact } from './facts.ts';
import type { Module, Offset } from './ir.ts';
import { findsOfAnybody } from './object-owners.ts';
import { opensOnFailure } from './open-failures.ts';
import { spotOf } from './notes.ts';
import { structureOf } from './structure.ts';
import { acceptedAt } from './verdicts-of-checks.ts';
import { servesAnySession } from './session-owners.ts';
import { switchedIn } from './switched.ts';
import { walk, wordsOf, type Part } from './walk.ts';

const TLS: ReadonlySet<string> = new Set(['rejectUnauthorized', 'strictSSL']);

/** What a file sets or asks for that says something of all of it, wherever it stands. */
export function settingsOf(module: Module): readonly SettingFact[] {
  const found: SettingFact[] = [];
  const words = wordsOf(module);
  const note = (setting: SettingFact['setting'], at: Offset): void => {
    if (found.length < 200) found.push({ ...spotOf(module, at), setting, isBuilt: module.isBuilt });
  };
  let switched: ReadonlySet<Offset> | undefined;
  const noteUnchecked = (at: Offset): void => {
    switched ??= switchedIn(module);
    note(switched.has(at) ? 'tls-unchecked-on-demand' : 'tls-unchecked', at);
  };
  walk(module, (part, name) => {
    const kind = part['kind'];
    if (kind === 'literal') {
      const { value, at } = part;
      const isOff = value === false && TLS.has(name);
      const isZero = (value === '0' || value === 0) && name === 'NODE_TLS_REJECT_UNAUTHORIZED';
      if ((isOff || isZero) && typeof at === 'number') noteUnchecked(at);
    }
    if (kind === 'member' || kind === 'index' || kind === 'call') {
      const [read, at] = [textRead(part), part['at']];
      if (read === 'aud' && typeof at === 'number') note('reads-audience', at);
      if (isHostHeader(part, read) && typeof at === 'number') note('reads-host', at);
    }
    if (module.language === 'python') {
      const unchecked = isUnchecked(part) ? part['at'] : uncheckedAt(part);
      if (typeof unchecked === 'number') noteUnchecked(unchecked);
    }
  });
  for (const func of module.functions) {
    const open = acceptedAt(func);
    if (open !== undefined) note('accepts-any-token', open);
  }
  for (const at of usesOwnCredential(module, words)) note('own-credential', at);
  for (const at of servesAnySession(module, words)) note('any-session', at);
  for (const at of findsOfAnybody(module, words)) note('any-object', at);
  for (const at of opensOnFailure(module)) note('opens-on-failure', at);
  return [...found, ...structureOf(module, words)];
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
function isHostHeader({ kind, of }: Part, read: unknown): boolean {
  return typeof read === 'string' && read.toLowerCase() === 'host' && (kind === 'call' || nameIn(of) === 'headers');
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
