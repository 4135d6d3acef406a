import { createPublicKey, type KeyObject } from 'node:crypto';
import { existsSync, lstatSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { readBounded } from '../audit/read-bounded.ts';
import type { AuditReport, AuditRun } from '../audit/run.ts';
import { openAttestation, type Attested } from '../audit/sign/attestation.ts';
import { PAYLOAD_TYPE, statementOf, isOfRun } from '../audit/sign/statement.ts';
import { subjectOfFiles, subjectOfName, type Subject } from '../audit/sign/subject.ts';
import { plain } from '../audit/report/plain.ts';
import { createEnvelope, keyIdOf, signEnvelope } from '../manifest/dsse.ts';
import { loadKey } from '../record/keys.ts';
import { Mistake } from './mistake.ts';

const FILE = 'portcullis-audit.intoto.json';
const MOST_BYTES = 64 * 1024 * 1024;
const DAY = 86_400_000;

/** Options of `audit` about signed evidence. */
export interface SignOptions {
  readonly sign?: string;
  readonly attestation?: string;
  readonly save?: string;
}

interface VerifyOptions {
  readonly key: string;
  readonly target?: string;
  readonly run?: string;
  readonly maxAge?: string;
  readonly json?: boolean;
}

/** Enters those options, and `portcullis audit verify`. */
export function addSigning(audit: Command): void {
  audit
    .option('--sign <key file>', 'sign what came of it with an Ed25519 key, as portcullis manifest key makes it')
    .option('--attestation <file>', 'where the signed attestation goes', FILE);
  audit
    .command('verify')
    .description('check a signed attestation of an audit, and say what it attests; a target of this name is ./verify')
    .argument('<file>', 'the attestation')
    .requiredOption('--key <file>', 'public key (PEM) of who audited, from where you keep it')
    .option('--target <path>', 'check that the files there are those that were audited')
    .option('--run <file>', 'check that a run that was kept is the one that was judged')
    .option('--max-age <days>', 'refuse one that is older')
    .option('--json', 'print what it attests as JSON')
    .action(verify);
}

/** Adds to a run what it is about, where that is going to be kept or signed. */
export async function withSubject(
  run: AuditRun,
  startedAt: Date,
  { sign, save }: SignOptions & { readonly replay?: boolean },
): Promise<AuditRun> {
  if (run.subject !== undefined || (sign === undefined && save === undefined)) return run;
  try {
    return { ...run, subject: await subjectOf(run, startedAt) };
  } catch (error) {
    // A run can be kept without; a signature has to say what it is about.
    if (sign === undefined) return run;
    throw new Mistake(
      `it cannot be signed: ${error instanceof Error ? error.message : String(error)}. Audit it again.`,
    );
  }
}

async function subjectOf({ target, parts }: AuditRun, startedAt: Date): Promise<Subject> {
  const facts = lstatSync(target, { throwIfNoEntry: false });
  // An archive is what it is as a whole, whatever was read in it.
  if (facts?.isFile() === true) return subjectOfFiles(target, target, [basename(target)], startedAt);
  // Records of those who run it may lie elsewhere; the digest of the run is over them.
  const files = parts.filter(({ kind }) => kind === 'files' || kind === 'code').flatMap((part) => part.files);
  if (facts === undefined || files.length === 0) return subjectOfName(target);
  return subjectOfFiles(target, target, files, startedAt);
}

/** Signs what came of an audit, where that was asked for. */
export async function signAudit(run: AuditRun, report: AuditReport, { sign, attestation }: SignOptions): Promise<void> {
  if (sign === undefined) return;
  const { subject } = run;
  if (subject === undefined)
    throw new Mistake('the run that was kept does not say of which files it is: audit the target itself to sign.');
  const key = await loadKey(sign).catch((error: unknown) => {
    throw new Mistake(error instanceof Error ? error.message : String(error));
  });
  const statement = statementOf(run, report, subject, new Date());
  const envelope = signEnvelope(createEnvelope(PAYLOAD_TYPE, JSON.stringify(statement)), key.privateKey);
  const text = `${JSON.stringify(envelope, undefined, 2)}\n`;
  // A run that was kept can say anything: what would be refused by its reader is not signed.
  await reading('what came of the audit', async () =>
    openAttestation(text, createPublicKey(key.privateKey), new Date()),
  );
  await writeFile(attestation ?? FILE, text);
}

async function verify(file: string, options: VerifyOptions): Promise<void> {
  const key = await readKey(options.key);
  const text = await reading(file, () => readBounded(file, MOST_BYTES));
  const attested = await reading(file, async () => openAttestation(text, key, new Date()));
  await checkTarget(attested, options.target);
  await checkRun(attested, options.run);
  const days = attested.age / DAY;
  const most = options.maxAge === undefined ? Number.POSITIVE_INFINITY : Number(options.maxAge);
  if (!(most >= 0)) throw new Mistake('--max-age is a number of days.');
  if (days > most) throw new Mistake(`${file} is ${days.toFixed(1)} days old, and ${options.maxAge} are allowed.`);
  const told = options.json === true ? JSON.stringify(attested.statement, undefined, 2) : tell(file, attested, key);
  process.stdout.write(`${told}\n`);
}

async function readKey(path: string): Promise<KeyObject> {
  const pem = await reading(path, () => readBounded(path, 65_536));
  const key = await reading(path, async () => {
    if (!pem.includes('-----BEGIN PUBLIC KEY-----')) throw new TypeError('it is no public key in PEM');
    return createPublicKey(pem);
  });
  if (key.asymmetricKeyType !== 'ed25519') throw new Mistake(`${path} is no Ed25519 key.`);
  return key;
}

async function checkTarget({ statement }: Attested, target: string | undefined): Promise<void> {
  if (target === undefined) return;
  const { form, files } = statement.predicate;
  if (form !== 'files' || files === undefined) throw new Mistake('it is about a name, and not about files.');
  if (!existsSync(target)) throw new Mistake(`there is nothing at ${target}.`);
  const { sha256, files: now } = await reading(target, () => subjectOfFiles(target, target, Object.keys(files)));
  if (sha256 === statement.subject[0]?.digest.sha256) return;
  const changed = Object.keys(files).filter((name) => files[name] !== now?.[name]);
  throw new Mistake(`${target} is not what was audited: ${changed.slice(0, 5).map(plain).join(', ')} changed.`);
}

async function checkRun({ statement }: Attested, run: string | undefined): Promise<void> {
  if (run === undefined) return;
  const value: unknown = await reading(run, async () => JSON.parse(await readBounded(run, MOST_BYTES)));
  if (!isOfRun(statement, value)) throw new Mistake(`${run} is not the run that was judged.`);
}

async function reading<T>(file: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new Mistake(`${file} is refused: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function tell(file: string, { statement, age }: Attested, key: KeyObject): string {
  const { subject, predicate } = statement;
  const { auditor, rulePack, findings, verdicts, minimumBar, cosai, unread, files, kinds } = predicate;
  const count = (all: readonly { readonly status: string }[], status: string): number =>
    all.filter((each) => each.status === status).length;
  const statuses = ['pass', 'fail', 'unknown', 'waived', 'not-applicable'];
  const [about] = subject;
  const days = Math.floor(Math.max(0, age) / DAY);
  const of = files === undefined ? 'its name alone' : `${Object.keys(files).length} files that were read`;
  const levels = Object.entries(cosai).map(([dimension, level]) => `${plain(dimension)} ${level}`);
  return [
    `${file}: signed by the key ${keyIdOf(key)}; the audit is ${days} ${days === 1 ? 'day' : 'days'} old`,
    `target    ${plain(about?.name ?? '')}, sha256 ${about?.digest.sha256 ?? ''} of ${of}`,
    `audited   ${predicate.auditedAt} as ${kinds.map(plain).join(', ')}, signed ${predicate.signedAt}`,
    `by        portcullis ${plain(auditor.version)}, ${rulePack.rules} rules, sha256 ${rulePack.digest.sha256}`,
    `run       sha256 ${predicate.run.digest.sha256}`,
    `verdicts  ${statuses.map((status) => `${count(verdicts, status)} ${status}`).join(', ')}`,
    `findings  ${Object.entries(findings)
      .map(([name, number]) => `${number} ${name}`)
      .join(', ')}`,
    `bar       ${count(minimumBar, 'pass')} of ${minimumBar.length} lines hold, ${count(minimumBar, 'fail')} do not`,
    `CoSAI     ${levels.join(', ')}`,
    ...(unread.length === 0 ? [] : [`not read  ${unread.length}, so nothing beside it passes`]),
  ].join('\n');
}
