import type { SettingFact } from './facts.ts';
import type { Module } from './ir.ts';
import { spotOf } from './notes.ts';
import { listedOnly } from './listed-only.ts';
import { holds, says, textOf, within, type Part, type Words } from './walk.ts';

/** Anything by which callers could be told apart. */
const CREDENTIAL =
  /auth(?!ors?\b)|bearer|jwt|api[-_]?key|passport|credential|cookie|x-[\w-]+-(?:key|token|secret)|requestCert|password/i;

/** What a file says by how it is written: what it asks callers for, and what it does without a secret. */
export function structureOf(module: Module, words: Words): readonly SettingFact[] {
  const found = new Map<string, SettingFact>();
  const note = (setting: SettingFact['setting'], at: unknown, detail?: string): void => {
    if (typeof at !== 'number' || found.size >= 200) return;
    const fact = { ...spotOf(module, at), setting, isBuilt: module.isBuilt };
    found.set(`${setting} ${at} ${detail ?? ''}`, detail === undefined ? fact : { ...fact, detail });
  };
  openWithoutSecret(module, note);
  metadataOfResource(module, note, words);
  if (['inputSchema', 'parameters', 'tool'].some((each) => words.has(each))) secretArguments(module, note);
  if (says(words, CREDENTIAL) || module.imports.some(({ from }) => CREDENTIAL.test(from))) note('names-credential', 0);
  for (const at of listedOnly(module, words)) note('listed-only', at);
  return [...found.values()];
}

type Note = (setting: SettingFact['setting'], at: unknown, detail?: string) => void;

const SECRET_ARGUMENT =
  /^(?:mnemonic|mnemonicphrase|seedphrase|recoveryphrase|privatekey|secretkey|walletkey|signingkey|clientsecret|accesskey|secretaccesskey|keyphrase|passphrase|password)$/;

/** Schemas of arguments in which a secret is asked for: `inputSchema`, `parameters`, and the shape that `tool` is given. */
function secretArguments(module: Module, note: Note): void {
  within([module.body, module.functions, module.classes], (part) => {
    const kind = part['kind'];
    if (kind !== undefined && kind !== 'call') return;
    const { name, value, callee, args } = part;
    if (kind === undefined && (name === 'inputSchema' || name === 'parameters')) secretFields(value, note);
    const called = kind === 'call' ? (callee as Part | undefined) : undefined;
    if (called?.['kind'] === 'member' && called['name'] === 'tool' && Array.isArray(args) && args.length > 2)
      for (const arg of args as readonly Part[])
        if ((arg['value'] as Part | undefined)?.['kind'] === 'object') secretFields(arg['value'], note);
  });
}

function secretFields(schema: unknown, note: Note): void {
  within(schema, (part) => {
    if (part['kind'] !== 'object' || !Array.isArray(part['fields'])) return;
    for (const { name, value } of part['fields'] as readonly Part[]) {
      const held = value as Part | undefined;
      const isSchema = held?.['kind'] === 'object' || held?.['kind'] === 'call';
      if (typeof name === 'string' && isSchema && SECRET_ARGUMENT.test(name.replace(/[-_]/g, '').toLowerCase()))
        note('secret-argument', placeOf(held) ?? part['at'], name);
    }
  });
}

/** The beginning of a chain of calls. */
function placeOf(node: Part | undefined): unknown {
  let first: unknown = node?.['at'];
  within(node, ({ at }) => {
    if (typeof at === 'number' && (typeof first !== 'number' || at < first)) first = at;
  });
  return first;
}

const SECRET = /secret|token|api_?key|password|credential/i;
const CHECKS =
  /^_?(?:is|has|can|check|verify|validate|authenticate|authorize|authorise|ensure|require)_?\w*?(?:auth|allow|permit|access|request|token|key|secret|credential|password)|^(?:authenticate|authorize|authorise|auth)$/i;
const OTHERWISE = /expire|stale|empty|refresh|invalid|missing|required|needed|configured/i;

/** `if (!secret) return true` in what tells whether a caller may: nothing configured lets everybody in. */
function openWithoutSecret(module: Module, note: Note): void {
  for (const [id, { name, body, params }] of module.functions.entries()) {
    const isCheck = CHECKS.test(name) && !OTHERWISE.test(name);
    const next = params.some(
      ({ target }) => target.kind === 'variable' && module.variables[target.id]?.name === 'next',
    );
    if (!isCheck && !next) continue;
    within(body, (part) => {
      if (part['kind'] !== 'if') return;
      const secret = absentIn(part['test'] as Part);
      if (secret === undefined || !isOfServer(module, secret, id)) return;
      const [first, ...others] = part['whenTrue'] as readonly Part[];
      if ((isCheck && isTrue(first)) || (next && goesOn(module, first, others)))
        note('open-without-secret', placeOf(part['test'] as Part));
    });
  }
}

/** What is asked for being absent: `!x`, `x === undefined`, `x == null`, `x === ''`. */
function absentIn(test: Part): Part | undefined {
  if (test['kind'] === 'not') return test['value'] as Part;
  if (test['kind'] !== 'binary' || test['op'] !== 'equal') return undefined;
  const right = test['right'] as Part;
  const isNothing =
    (right['kind'] === 'literal' && (right['value'] === null || right['value'] === '')) ||
    (right['kind'] === 'global' && right['name'] === 'undefined');
  return isNothing ? (test['left'] as Part) : undefined;
}

/** A secret that the server was given, and not one that came with the request. */
function isOfServer(module: Module, node: Part, func: number): boolean {
  if (node['kind'] === 'variable') {
    const variable = module.variables[Number(node['id'])];
    return variable !== undefined && variable.owner !== func && SECRET.test(variable.name);
  }
  if (node['kind'] !== 'member' || !SECRET.test(String(node['name']))) return false;
  const of = node['of'] as Part;
  const holder = of['kind'] === 'variable' ? module.variables[Number(of['id'])]?.name : of['name'];
  return of['kind'] === 'self' || /^(?:env|_?config\w*|_?options|_?settings|opts|environ)$/i.test(textOf(holder));
}

function isTrue(node: Part | undefined): boolean {
  const value = node?.['kind'] === 'return' ? (node['value'] as Part | undefined) : undefined;
  return value?.['kind'] === 'literal' && value['value'] === true;
}

/** `return next()`, and `next(); return`. */
function goesOn(module: Module, first: Part | undefined, others: readonly Part[]): boolean {
  const isLast = first?.['kind'] === 'return' || (first?.['kind'] === 'do' && others[0]?.['kind'] === 'return');
  const call = isLast ? (first?.['value'] as Part | undefined) : undefined;
  const callee = call?.['kind'] === 'call' ? (call['callee'] as Part) : undefined;
  const isNext = callee?.['kind'] === 'variable' && module.variables[Number(callee['id'])]?.name === 'next';
  return isNext && Array.isArray(call?.['args']) && call['args'].length === 0;
}

const RESOURCE = /resource/i;
const COMPARES = /same|equal|match|valid|check|verif|assert|allow|belongs|startsWith|select/i;

/** A client that reads where it has to sign in (RFC 9728), and for which resource, and whether it compares that. */
function metadataOfResource(module: Module, note: Note, words: Words): void {
  if (!says(words, RESOURCE)) return;
  let servers = false;
  let isNamed = false;
  let resource: unknown;
  within([module.body, module.functions, module.classes], (part) => {
    const kind = part['kind'];
    const read = kind === 'member' || kind === 'index' ? readIn(part) : undefined;
    if (read === 'authorization_servers') servers = true;
    if (read === 'resource') resource ??= part['at'];
    if (kind === 'literal' && textOf(part['value']).includes('.well-known/oauth-protected-resource')) isNamed = true;
    const isCompared = kind === 'binary' && (part['op'] === 'equal' || part['op'] === 'unequal');
    const asks = kind === 'call' && COMPARES.test(nameOf(module, part['callee'] as Part));
    if ((isCompared && holdsResource(module, [part['left'], part['right']])) || (asks && holdsResource(module, part)))
      note('compares-resource', part['at']);
  });
  if (isNamed && servers) note('reads-resource', resource);
}

function readIn({ kind, name, index }: Part): unknown {
  if (kind === 'member') return name;
  return kind === 'index' && (index as Part)['kind'] === 'literal' ? (index as Part)['value'] : undefined;
}

function nameOf(module: Module, node: Part): string {
  return textOf(node['kind'] === 'variable' ? module.variables[Number(node['id'])]?.name : node['name']);
}

/** Whether a resource stands in it that is not merely asked for being there. */
function holdsResource(module: Module, node: unknown): boolean {
  const sides = Array.isArray(node) ? (node as readonly Part[]) : [];
  if (sides.some((each) => each['kind'] === 'typeof' || (each['kind'] === 'global' && each['name'] === 'undefined')))
    return false;
  if (sides.some((each) => each['kind'] === 'literal')) return false;
  return holds(node, (part) => {
    const name = part['kind'] === 'variable' ? module.variables[Number(part['id'])]?.name : readIn(part);
    return RESOURCE.test(textOf(name));
  });
}
