import { randomBytes, scrypt } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObject } from '../protocol/json.ts';

/**
 * Fingerprints of the secrets of one environment, made to be handed to another: by a slow hash under a salt of the file's
 * own, so that they tell equal from different and nothing else.
 */
export interface Fingerprints {
  readonly environment: string;
  /** 16 bytes, base64url. */
  readonly salt: string;
  /** Of values, by name. */
  readonly values: Readonly<Record<string, string>>;
  /** Of references that mean the same everywhere, by name. */
  readonly references: Readonly<Record<string, string>>;
}

/** Where fingerprints are. */
export interface FingerprintPlaces {
  /** Folder that each environment run from here leaves its fingerprints in. */
  readonly folder?: string;
  /** Files of fingerprints of other environments. */
  readonly others?: readonly string[];
}

/** One secret to take a fingerprint of. */
export interface Fingerprinted {
  readonly name: string;
  readonly value: string;
  /** Where it is, when that means the same everywhere: the place in a vault, not a path. */
  readonly place: string | undefined;
}

const FORMAT = 'portcullis fingerprints 1';
/** RFC 7914: 16 MiB and about 40 ms each, so that nobody tries many guesses. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 } as const;
const [BYTES, MOST_CHARACTERS] = [32, 1_000_000];

function fingerprint(text: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(text, Buffer.from(salt, 'base64url'), BYTES, SCRYPT, (error, key) =>
      error === null ? resolve(key.toString('base64url')) : reject(error),
    );
  });
}

/** Takes the fingerprints of the secrets of an environment, under a fresh salt. */
export async function takeFingerprints(environment: string, secrets: readonly Fingerprinted[]): Promise<Fingerprints> {
  const salt = randomBytes(16).toString('base64url');
  const [values, references]: [Record<string, string>, Record<string, string>] = [{}, {}];
  for (const { name, value, place } of secrets) {
    values[name] = await fingerprint(`value ${value}`, salt);
    if (place !== undefined) references[name] = await fingerprint(`reference ${place}`, salt);
  }
  return { environment, salt, values, references };
}

/** Says which secret of another environment is the same, by value or by place; nothing when none is. */
export async function findSame(
  { environment, salt, values, references }: Fingerprints,
  { value, place }: Fingerprinted,
): Promise<string | undefined> {
  const same = nameOf(values, await fingerprint(`value ${value}`, salt));
  if (same !== undefined) return `it has the value of "${same}" of the environment ${environment}`;
  if (place === undefined) return undefined;
  const shared = nameOf(references, await fingerprint(`reference ${place}`, salt));
  return shared === undefined
    ? undefined
    : `it is read from the place of "${shared}" of the environment ${environment}`;
}

function nameOf(known: Readonly<Record<string, string>>, fingerprintOf: string): string | undefined {
  return Object.keys(known).find((name) => known[name] === fingerprintOf);
}

/**
 * Reads a file of fingerprints.
 * @throws Error when it cannot be read or is none.
 */
async function readFingerprints(path: string): Promise<Fingerprints> {
  const text = await readFile(path, 'utf8');
  const fail = (): never => {
    throw new Error(`${path} is no file of fingerprints`);
  };
  let parsed: unknown;
  try {
    parsed = text.length > MOST_CHARACTERS ? undefined : JSON.parse(text);
  } catch {
    return fail();
  }
  if (!isObject(parsed)) return fail();
  const { format, environment, salt, values, references } = parsed;
  if (format !== FORMAT || typeof environment !== 'string' || typeof salt !== 'string') return fail();
  if (!isTexts(values) || !isTexts(references)) return fail();
  return { environment, salt, values, references };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isObject(value) && Object.values(value).every((text) => typeof text === 'string');
}

/**
 * Reads the fingerprints of the other environments.
 * @throws TypeError when a file cannot be read: nothing could be said of what it would have told.
 */
export async function readElsewhere(
  environment: string,
  { folder, others = [] }: FingerprintPlaces = {},
): Promise<readonly Fingerprints[]> {
  const beside = folder === undefined ? [] : await readdir(folder).catch(() => []);
  const paths = [...others, ...beside.filter((name) => name.endsWith('.json')).map((name) => join(folder ?? '', name))];
  const found: Fingerprints[] = [];
  for (const path of paths) {
    try {
      found.push(await readFingerprints(path));
    } catch (cause) {
      const how = 'Make it anew with: portcullis secrets fingerprints --config <file>';
      throw new TypeError(`fingerprints: ${path} cannot be read. ${how}`, { cause });
    }
  }
  return found.filter((fingerprints) => fingerprints.environment !== environment);
}

/** The text of a file of fingerprints. */
export function fingerprintsFile(fingerprints: Fingerprints): string {
  return `${JSON.stringify({ format: FORMAT, ...fingerprints }, undefined, 2)}\n`;
}

/** Writes a file of fingerprints, whole or not at all, with mode 0600. */
export async function writeFingerprints(path: string, fingerprints: Fingerprints): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  {
    await using file = await open(fresh, 'wx', 0o600);
    await file.writeFile(fingerprintsFile(fingerprints));
    await file.sync();
  }
  await rename(fresh, path);
}
