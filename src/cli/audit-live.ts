import { readFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { gatherLivePart } from '../audit/parts/live.ts';
import type { LiveOptions, NamedCall } from '../audit/live/http-subject.ts';
import type { Part } from '../audit/run.ts';
import { isObject } from '../protocol/json.ts';
import type { Era } from '../protocol/versions.ts';
import { Mistake } from './mistake.ts';

/** What the command line says about a running server. A token is never an argument: those are seen by every process. */
export interface LiveCliOptions {
  readonly tokenEnv?: string;
  readonly tokenFile?: string;
  readonly secondTokenFile?: string;
  readonly lowScopeTokenFile?: string;
  readonly otherAudienceTokenFile?: string;
  readonly expiredTokenFile?: string;
  readonly call?: readonly string[];
  readonly ownCall?: readonly string[];
  readonly era?: Era;
  readonly intrusive?: boolean;
  readonly timeout?: string;
}

const LONGEST_S = 600;

/** Enters the options about a running server. */
export function addLiveOptions(command: Command): Command {
  return command
    .option('--token-env <name>', 'environment variable that holds the access token of a test user (running server)')
    .option('--token-file <file>', 'file that holds it')
    .option('--second-token-file <file>', 'file with the token of another test user')
    .option('--low-scope-token-file <file>', 'file with a token of the first user that has fewer scopes')
    .option('--other-audience-token-file <file>', 'file with a token of the same issuer for another server')
    .option('--expired-token-file <file>', 'file with a token of the first user for this server that has expired')
    .option(
      "--call <tool='{...}'>",
      'a call that does no harm, with its arguments; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option(
      "--own-call <tool='{...}'>",
      'such a call that reads an object of the first user alone; may be repeated',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .addOption(new Option('--era <era>', 'speak one era of the protocol alone').choices(['modern', 'legacy']))
    .option('--intrusive', 'also send what could cost the server something: large bodies, floods, other calls')
    .option('--timeout <seconds>', 'how long attacking a server may take in all', '50');
}

/** Whether a target is named by a URL. */
export function isLiveTarget(target: string): boolean {
  return /^https?:\/\//i.test(target);
}

/** Attacks the server at a URL with the credentials that the options name. */
export async function gatherLive(target: string, options: LiveCliOptions): Promise<Part> {
  const url = URL.parse(target);
  if (url === null) throw new Mistake(`${target.slice(0, 100)} is no URL.`);
  if (url.username !== '' || url.password !== '')
    throw new Mistake('the URL carries credentials. Give a token with --token-env or --token-file.');
  return gatherLivePart(target, await liveOptions(options));
}

/** What the options come to. */
export async function liveOptions(options: LiveCliOptions): Promise<LiveOptions> {
  const { tokenEnv, tokenFile, era, call = [], ownCall = [] } = options;
  if (tokenEnv !== undefined && tokenFile !== undefined)
    throw new Mistake('give --token-env or --token-file, not both.');
  const user = tokenEnv === undefined ? await fromFile(tokenFile) : fromEnvironment(tokenEnv);
  const [second, low, elsewhere, expired] = [
    await fromFile(options.secondTokenFile),
    await fromFile(options.lowScopeTokenFile),
    await fromFile(options.otherAudienceTokenFile),
    await fromFile(options.expiredTokenFile),
  ];
  return {
    ...(era === undefined ? {} : { eras: [era] }),
    tokens: {
      ...(user === undefined ? {} : { user }),
      ...(second === undefined ? {} : { second }),
      ...(low === undefined ? {} : { low }),
      ...(elsewhere === undefined ? {} : { elsewhere }),
      ...(expired === undefined ? {} : { expired }),
    },
    calls: call.map((text) => parseCall('--call', text)),
    ownCalls: ownCall.map((text) => parseCall('--own-call', text)),
    isIntrusive: options.intrusive === true,
    limits: { runMs: parseSeconds(options.timeout ?? '50') * 1_000 },
  };
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Mistake(`the environment has no ${name}. Set it to the access token.`);
  return checkToken(value, `the environment variable ${name}`);
}

async function fromFile(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Mistake(`${path} cannot be read. Name a file that holds an access token and nothing else.`);
  });
  return checkToken(text, path);
}

/** RFC 6750 section 2.1, `b64token`. The value is not told: it may be a token all the same. */
function checkToken(text: string, where: string): string {
  const token = text.trim();
  if (!/^[A-Za-z0-9._~+/-]{1,16384}=*$/.test(token))
    throw new Mistake(`${where} holds no access token: it has to be one word, without "Bearer" and quotes.`);
  return token;
}

function parseCall(option: string, text: string): NamedCall {
  const [, name, json = '{}'] = /^([^=\s]{1,128})(?:=([^]*))?$/.exec(text) ?? [];
  const value = name === undefined ? undefined : parseObject(json);
  if (name === undefined || value === undefined)
    throw new Mistake(`${option} ${text.slice(0, 80)} is no tool with arguments. Write: ${option} tool='{"a":1}'`);
  return { name, arguments: value };
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_S)
    throw new Mistake(`--timeout ${text.slice(0, 20)} has to be a number of seconds from 1 to ${LONGEST_S}.`);
  return seconds;
}
