import { createHash, X509Certificate, type KeyObject } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, open, readdir, realpath } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { isObject } from '../../protocol/json.ts';
import { itemsOf, member, readLocated, textOf, type Located } from '../gather/located.ts';
import { locatedOf, plainValues } from './plain-values.ts';
import { readBom, readNpmLock, type LockedPackages } from './bom.ts';
import { openEnvelope } from './envelope.ts';
import { readLockFacts } from './lock-facts.ts';
import { readLogFacts } from './log-facts.ts';
import { readSarif } from './sarif.ts';
import type { EvidenceRecord, EvidenceSubject, SignatureState } from './subject.ts';

/** Where records are looked for. */
export interface EvidencePlaces {
  /** The folder of the records. */
  readonly folder: string;
  /** The folder of what is audited: lockfiles, SECURITY.md and the files that a record names are looked for there. */
  readonly root?: string;
  /** Public keys (Ed25519) of those who may sign records. */
  readonly keys: readonly KeyObject[];
  /** An audit log, and its public key (`name+hash+key`) from where the reader keeps it. */
  readonly log?: string;
  readonly logKey?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MOST_BYTES = 16 * 1024 * 1024;
/** Beyond this a report of a machine is read without the places of its values, which nobody looks up there. */
const MOST_WRITTEN = 1024 * 1024;
const MOST_FILES = 2000;
const MOST_DEPTH = 8;
const MOST_HELD_BYTES = 64 * 1024 * 1024;

const CONTACTS = ['SECURITY.md', '.github/SECURITY.md', 'docs/SECURITY.md'];
const LOCK = 'portcullis.lock';
const NPM_LOCK = 'package-lock.json';

type Collected = { -readonly [K in Exclude<keyof EvidenceSubject, 'at' | 'locked'>]: EvidenceSubject[K][number][] };

/**
 * Reads the records in a folder, and beside the target what they are compared with. No link is followed; what is malformed or
 * larger than a record is told; what is no record is passed by.
 * @throws TypeError when there is no such folder.
 */
export async function gatherEvidence(places: EvidencePlaces): Promise<EvidenceSubject> {
  const folder = await realpath(places.folder).catch(() => undefined);
  if (folder === undefined || !(await lstat(folder)).isDirectory())
    throw new TypeError(`There is no folder at ${places.folder}.`);
  const found: Collected = {
    records: [],
    statements: [],
    manifests: [],
    sarif: [],
    boms: [],
    signatureAudits: [],
    certificates: [],
    logs: [],
    pins: [],
    vettings: [],
    contacts: [],
    secrets: [],
    files: [],
    unread: [],
  };
  const reader = new Reader(places, found);
  await reader.walk(folder, folder, 0);
  if (places.log !== undefined) await reader.log(places.log, basename(places.log));
  const locked = places.root === undefined ? undefined : await reader.beside(places.root);
  return { at: new Date(places.now).toISOString(), ...found, ...(locked === undefined ? {} : { locked }) };
}

class Reader {
  readonly #places: EvidencePlaces;
  readonly #found: Collected;
  #count = 0;

  constructor(places: EvidencePlaces, found: Collected) {
    this.#places = places;
    this.#found = found;
  }

  async walk(root: string, folder: string, depth: number): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
    if (entries.some(({ name }) => /^segment-\d{12,16}\.jsonl$/.test(name))) {
      await this.log(folder, relative(root, folder) || basename(folder));
      return;
    }
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name);
      const name = relative(root, path);
      this.#count += 1;
      if (this.#count > MOST_FILES || depth > MOST_DEPTH) {
        this.#found.unread.push({ file: name, why: 'there are more files than are read' });
        return;
      }
      if (entry.isDirectory() && !['.git', 'node_modules'].includes(entry.name)) await this.walk(root, path, depth + 1);
      else if (entry.isFile()) await this.#tried(name, () => this.#file(path, name));
    }
  }

  async log(directory: string, name: string): Promise<void> {
    await this.#tried(name, async () => {
      this.#found.logs.push(await readLogFacts(name, directory, this.#places.logKey));
      return true;
    });
  }

  /** What records are compared with: lockfiles, and where faults are reported. Gives what npm's lockfile installs. */
  async beside(root: string): Promise<LockedPackages | undefined> {
    for (const name of CONTACTS)
      await this.#tried(name, async () => this.#contact(name, await readBounded(join(root, name), MOST_BYTES)), true);
    await this.#tried(LOCK, () => this.#lock(join(root, LOCK), LOCK), true);
    let locked: LockedPackages | undefined;
    await this.#tried(
      NPM_LOCK,
      async () => {
        locked = readNpmLock(JSON.parse(await readBounded(join(root, NPM_LOCK), MOST_BYTES)));
        return locked !== undefined;
      },
      true,
    );
    return locked;
  }

  async #tried(file: string, work: () => Promise<boolean>, mayBeAbsent = false): Promise<void> {
    try {
      if (await work()) this.#found.files.push(file);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
      if (mayBeAbsent && (code === 'ENOENT' || code === 'ENOTDIR')) return;
      this.#found.unread.push({ file, why: code ?? (error instanceof Error ? error.message : String(error)) });
    }
  }

  async #file(path: string, name: string): Promise<boolean> {
    if (/\.(?:pem|crt|cer)$/i.test(name)) return this.#certificates(name, await readBounded(path, MOST_BYTES));
    if (/(?:^|[/\\])SECURITY\.md$/i.test(name)) return this.#contact(name, await readBounded(path, MOST_BYTES));
    if (basename(name) === LOCK) return this.#lock(path, name);
    if (!/\.(?:json|jsonc|sarif|ya?ml)$/i.test(name)) return false;
    return this.#data(name, await readBounded(path, MOST_BYTES), 'none');
  }

  async #data(file: string, text: string, signature: SignatureState): Promise<boolean> {
    const envelope = /^\s*\{/.test(text) && text.includes('"payloadType"') ? (JSON.parse(text) as unknown) : undefined;
    const opened = envelope === undefined ? undefined : openEnvelope(file, envelope, this.#places.keys);
    if (opened?.as === 'record') return this.#data(file, opened.text, opened.signature);
    if (opened?.as === 'manifest') this.#found.manifests.push(opened.manifest);
    if (opened?.as === 'statement') {
      this.#found.statements.push(opened.statement);
      this.#found.secrets.push(...opened.secrets);
    }
    if (opened !== undefined) return true;
    const roots = text.length > MOST_WRITTEN && /^\s*\{/.test(text) ? [locatedOf(JSON.parse(text))] : readLocated(text);
    let isKnown = false;
    for (const root of roots) isKnown = (await this.#document(file, root, signature)) || isKnown;
    return isKnown;
  }

  async #document(file: string, root: Located, signature: SignatureState): Promise<boolean> {
    if (textOf(member(root, 'portcullis'))?.startsWith('evidence/') === true)
      return this.#record(file, root, signature);
    const sarif = readSarif(file, root);
    if (sarif !== undefined) return this.#found.sarif.push(...sarif) > 0;
    const bom = readBom(file, root);
    if (bom !== undefined) return this.#found.boms.push(bom) > 0;
    // npm 11: `npm audit signatures --json`.
    const [invalid, missing] = [member(root, 'invalid')?.items, member(root, 'missing')?.items];
    if (invalid === undefined || missing === undefined) return false;
    this.#found.signatureAudits.push({ file, invalid: namesOf(invalid), missing: namesOf(missing) });
    return true;
  }

  async #record(file: string, root: Located, signature: SignatureState): Promise<boolean> {
    if (textOf(member(root, 'portcullis')) !== 'evidence/1')
      throw new TypeError('it is of another form than evidence/1, which is what is read');
    const { root: plain, secrets } = plainValues(file, root);
    const kind = textOf(member(plain, 'kind')) ?? '';
    const holds: EvidenceRecord['holds'][number][] = [];
    for (const each of itemsOf(member(plain, 'files')).slice(0, 100)) {
      const path = textOf(member(each, 'path')) ?? '';
      const isSame = await this.#isSame(path, textOf(member(each, 'sha256')) ?? '');
      holds.push({ path: path.slice(0, 300), ...(isSame === undefined ? {} : { isSame }) });
    }
    this.#found.secrets.push(...secrets);
    this.#found.records.push({ file, kind, root: plain, signature, holds });
    return true;
  }

  /** INVARIANT: a record cannot name a file outside of the target, by its path or through a link. */
  async #isSame(path: string, sha256: string): Promise<boolean | undefined> {
    const root = await realpath(this.#places.root ?? this.#places.folder);
    const real = await realpath(resolve(root, path)).catch(() => undefined);
    if (path === '' || real === undefined || !real.startsWith(root + sep)) return undefined;
    const bytes = await readBytes(real, MOST_HELD_BYTES).catch(() => undefined);
    if (bytes === undefined) return undefined;
    return createHash('sha256').update(bytes).digest('hex') === sha256.toLowerCase().replace(/^sha256:/, '');
  }

  #certificates(file: string, text: string): boolean {
    const secret = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----/.exec(text);
    if (secret !== null) {
      const line = text.slice(0, secret.index).split('\n').length;
      this.#found.secrets.push({ file, line, column: 1, secret: 'a private key' });
    }
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]{1,100000}-----END CERTIFICATE-----/g) ?? [];
    for (const block of blocks.slice(0, 200)) {
      const { subject, validToDate } = new X509Certificate(block);
      const name = subject.replaceAll('\n', ', ').slice(0, 200);
      this.#found.certificates.push({ file, subject: name, notAfter: validToDate.toISOString() });
    }
    return blocks.length > 0 || secret !== null;
  }

  #contact(file: string, text: string): boolean {
    const contact = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https:\/\/[^\s)>\]]{4,200}/.exec(text)?.[0];
    if (contact !== undefined) this.#found.contacts.push({ file, contact });
    return contact !== undefined;
  }

  async #lock(path: string, file: string): Promise<boolean> {
    const value: unknown = JSON.parse(await readBounded(path, MOST_BYTES));
    if (!isObject(value) || value['format'] !== 'portcullis-lock-1') return false;
    const { pins, vettings } = readLockFacts(file, value);
    this.#found.pins.push(...pins);
    this.#found.vettings.push(...vettings);
    return true;
  }
}

function namesOf(items: readonly Located[]): readonly string[] {
  return items.slice(0, 100).map((each) => {
    const [name, version] = [textOf(member(each, 'name')), textOf(member(each, 'version'))];
    return `${name ?? 'a package'}@${version ?? '?'}`.slice(0, 200);
  });
}

async function readBounded(path: string, most: number): Promise<string> {
  return (await readBytes(path, most)).toString('utf8').replace(/^\ufeff/, '');
}

async function readBytes(path: string, most: number): Promise<Buffer> {
  // What is opened here is not what a link names, and a pipe without a writer does not hold it up.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat: Stats = await file.stat();
    if (!stat.isFile()) throw new TypeError('it is no plain file');
    if (stat.size > most) throw new TypeError(`it has ${stat.size} bytes, and ${most} are read at most`);
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What stands beside a target whether or not anyone keeps records of it. */
const NO_RECORDS: ReadonlySet<string> = new Set([...CONTACTS, LOCK, NPM_LOCK]);

/** Whether anything among the files that were looked at is a record. */
export function holdsRecords({ files, unread }: Pick<EvidenceSubject, 'files' | 'unread'>): boolean {
  return [...files, ...unread.map(({ file }) => file)].some((file) => !NO_RECORDS.has(file));
}

/** Where records lie beside a target; `undefined` where there is no such folder. */
export async function findEvidence(root: string): Promise<string | undefined> {
  for (const name of ['evidence', join('.portcullis', 'evidence')]) {
    const folder = join(root, name);
    // A link may lead out of the target.
    if ((await lstat(folder).catch(() => undefined))?.isDirectory() === true) return folder;
  }
  return undefined;
}
