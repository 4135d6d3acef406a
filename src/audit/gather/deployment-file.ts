import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { isObject } from '../../protocol/json.ts';
import { findCredential } from '../../text/credential-shape.ts';
import { secretIn } from '../secrets-in-files.ts';
import { itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import type { At, Held } from './parts.ts';

/** One `portcullis.yaml`. */
export interface DeploymentFile {
  readonly file: string;
  /** What it says, without the secrets in it. */
  readonly root: Located;
  /** What is not as the published schema has it. */
  readonly problems: readonly At<string>[];
  readonly secrets: readonly Held[];
  /** Whether the lock of the gateway stands beside it. */
  readonly hasLock: boolean;
  /** The day on which it was looked at: `2027-06-30`. */
  readonly day: string;
}

const NAMED = /(?:^|\/)portcullis(?:[.-][\w-]+)?\.ya?ml$/;
const MOST_PROBLEMS = 50;

/** Whether a file is a configuration of Portcullis by its name. */
export function isDeploymentFile(path: string): boolean {
  return NAMED.test(path);
}

/** Whether a document is one by what stands in it, whatever its name. */
export function isDeployment(root: Located): boolean {
  return /^(?:dev|production)$/.test(textOf(member(root, 'profile')) ?? '');
}

/** Reads one against the schema that is published with this version. Nothing that it names is opened. */
export async function readDeployment(
  file: string,
  root: Located,
  hasLock: boolean,
  day: string,
): Promise<DeploymentFile> {
  const secrets: Held[] = [];
  const plain = withoutSecrets('', root, secrets);
  return { file, root: plain, problems: (await problemsOf(root)).slice(0, MOST_PROBLEMS), secrets, hasLock, day };
}

/** Settings that name a secret, which stands elsewhere. */
const NAMES_SECRET: ReadonlySet<string> = new Set(['secret', 'clientSecret', 'certificate', 'key']);

function withoutSecrets(name: string, value: Located, secrets: Held[], within = ''): Located {
  const { line, column } = value;
  if (value.items !== undefined)
    return { line, column, items: value.items.map((each) => withoutSecrets(name, each, secrets, within)) };
  if (value.members !== undefined) {
    const members = membersOf(value).map(([key, each]) => [key, withoutSecrets(key, each, secrets, name)] as const);
    return { line, column, members: Object.fromEntries(members) };
  }
  const text = textOf(value) ?? '';
  const isName = /^[a-z][a-z0-9_-]{0,63}$/.test(text) && (within === 'secrets' || NAMES_SECRET.has(name));
  const isReference = isName || /^(?:file|age|vault|aws|gcp|azure|env):/.test(text);
  const secret = findCredential(text) ?? (isReference ? undefined : secretIn(name, text));
  if (secret === undefined) return value;
  secrets.push({ name, secret, line, column });
  return { line, column, scalar: '[secret]' };
}

type Check = ((value: unknown) => boolean) & { errors?: ErrorObject[] | null };
let check: Check | undefined;

async function problemsOf(root: Located): Promise<readonly At<string>[]> {
  check ??= await compile();
  if (check(valueOf(root))) return [];
  // What a union says of each of its forms says less than that none of them fits.
  const errors = check.errors ?? [];
  const seen = new Set<string>();
  return errors.flatMap((error) => {
    const value = at(root, error.instancePath);
    const path = error.instancePath.slice(1).replaceAll('/', '.') || 'the file';
    if (seen.has(error.instancePath + error.keyword)) return [];
    seen.add(error.instancePath + error.keyword);
    const { line, column } = keyOf(value, error) ?? value;
    return [{ value: `${path}: ${saysOf(error)}`, line, column }];
  });
}

async function compile(): Promise<Check> {
  const schema: unknown = JSON.parse(
    await readFile(new URL('../../../portcullis.schema.json', import.meta.url), 'utf8'),
  );
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  return ajv.compile(isObject(schema) ? schema : {});
}

function keyOf(value: Located, { keyword, params }: ErrorObject): Located | undefined {
  const key: unknown = params['additionalProperty'];
  return keyword === 'additionalProperties' && typeof key === 'string' ? member(value, key) : undefined;
}

function saysOf({ keyword, params, message }: ErrorObject): string {
  const key: unknown = params['additionalProperty'];
  if (keyword === 'additionalProperties' && typeof key === 'string') return `there is no setting "${key.slice(0, 64)}"`;
  const allowed: unknown = params['allowedValues'];
  if (Array.isArray(allowed)) return `must be one of ${allowed.map(String).join(', ')}`;
  return message ?? keyword;
}

function at(root: Located, pointer: string): Located {
  let value = root;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    value = (value.items === undefined ? member(value, key) : itemsOf(value)[Number(key)]) ?? value;
  }
  return value;
}

function valueOf(value: Located): unknown {
  if (value.items !== undefined) return value.items.map(valueOf);
  if (value.members !== undefined)
    return Object.fromEntries(membersOf(value).map(([key, each]) => [key, valueOf(each)]));
  return value.scalar ?? null;
}
