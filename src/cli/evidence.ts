import { createPublicKey } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { RECORD_TYPE } from '../audit/evidence/envelope.ts';
import { KINDS, type KnownKind } from '../audit/evidence/kinds.ts';
import { readFields } from '../audit/evidence/fields.ts';
import { templateOf } from '../audit/evidence/template.ts';
import { member, readLocated, textOf } from '../audit/gather/located.ts';
import { plain } from '../audit/report/plain.ts';
import { createRun, judgeRun } from '../audit/run.ts';
import { RULES } from '../audit/rules.ts';
import { keyIdOf, signEnvelope } from '../manifest/dsse.ts';
import { nearest } from '../options.ts';
import { addEvidenceOptions, gatherRecords, type EvidenceOptions } from './audit-evidence.ts';
import { readSigningKey } from './manifest.ts';
import { Mistake } from './mistake.ts';
import { readVersion } from './version.ts';

const FOLDER = 'evidence';

/** Enters `portcullis evidence`. */
export function addEvidence(program: Command): void {
  const evidence = program
    .command('evidence')
    .description('write, sign and check records of those who run a server, which portcullis audit reads');
  evidence
    .command('kinds')
    .description('list the kinds of record, the controls that they speak of, and for how long they count')
    .action(listKinds);
  evidence
    .command('init')
    .description('write a record to fill in; it does not count until every field of it is written')
    .argument('<kind>', 'see: portcullis evidence kinds')
    .option('--output <file>', 'where; evidence/<kind>.yaml when left out')
    .action((kind: string, { output }: { readonly output?: string }) => init(kind, output));
  evidence
    .command('sign')
    .description('put a record into a signed envelope (DSSE) beside it, which counts instead of it')
    .argument('<record>', 'the record')
    .requiredOption('--key <file>', 'private key (PEM, Ed25519): portcullis manifest key <file> makes one')
    .action((file: string, { key }: { readonly key: string }) => sign(file, key));
  addEvidenceOptions(
    evidence
      .command('check')
      .description('say of each kind of record whether there is one, whether it counts, and why not; exit 1 on a fail')
      .argument('[target]', 'the folder that is audited', '.')
      .option('--json', 'one JSON object a line'),
  ).action((target: string, options: EvidenceOptions & { readonly json?: boolean }) => check(target, options));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function listKinds(): void {
  for (const { record, meta } of KINDS) {
    const notes = [
      `${record.freshDays} days`,
      ...(record.isSigned ? ['signed'] : []),
      ...(record.isOptional ? ['optional'] : []),
    ];
    say(`${record.kind.padEnd(26)} ${meta.controls.join(' ').padEnd(16)} ${notes.join(', ')}`);
    say(`${' '.repeat(26)} ${meta.title}`);
  }
}

function kindOf(name: string): KnownKind {
  const known = KINDS.find(({ record }) => record.kind === name);
  if (known !== undefined) return known;
  const near = nearest(
    name,
    KINDS.map(({ record }) => record.kind),
  );
  throw new Mistake(
    `there is no record of the kind "${plain(name)}"${near === undefined ? '' : `; did you mean "${near}"?`} portcullis evidence kinds lists them.`,
  );
}

async function init(name: string, output: string | undefined): Promise<void> {
  const { record, meta } = kindOf(name);
  const file = output ?? join(FOLDER, `${record.kind}.yaml`);
  await mkdir(dirname(file), { recursive: true });
  try {
    await writeFile(file, templateOf(record, meta.title), { flag: 'wx' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new Mistake(`${file} is there already. Name another with --output <file>.`);
    throw error;
  }
  say(`wrote ${file}: fill it in, then see portcullis evidence check`);
}

/** INVARIANT: what is signed can be read: nobody signs a form that is not filled in. */
async function sign(file: string, keyFile: string): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Mistake(`${file} cannot be read.`);
  });
  const [root] = readLocated(text);
  if (root === undefined || textOf(member(root, 'portcullis')) !== 'evidence/1')
    throw new Mistake(`${file} is no record. Make one: portcullis evidence init <kind>`);
  const { record } = kindOf(textOf(member(root, 'kind')) ?? '');
  const { faults } = readFields(record.fields, root);
  if (faults.length > 0)
    throw new Mistake(`${file} is not ready to be signed: ${faults.slice(0, 5).map(plain).join(', ')}.`);
  const key = await readSigningKey(keyFile);
  const payload = Buffer.from(text).toString('base64');
  const envelope = signEnvelope({ payloadType: RECORD_TYPE, payload, signatures: [] }, key);
  const out = `${file.replace(/\.(?:ya?ml|json)$/i, '')}.dsse.json`;
  const beside = `${out}.${process.pid}.tmp`;
  await writeFile(beside, `${JSON.stringify(envelope, undefined, 2)}\n`);
  await rename(beside, out);
  say(`wrote ${out}, signed with key ${keyIdOf(createPublicKey(key))}. Keep it in the place of ${file}.`);
}

async function check(
  target: string,
  { json = false, ...options }: EvidenceOptions & { readonly json?: boolean },
): Promise<void> {
  const part = await gatherRecords(target, options);
  if (part === undefined)
    throw new Mistake(`there are no records in ${join(target, FOLDER)}. Name their folder with --evidence <folder>.`);
  const facts = { version: readVersion(), target, at: new Date().toISOString() };
  const { outcomes, unread } = judgeRun(createRun(facts, [part]));
  for (const { file, why } of unread) process.stderr.write(`not read: ${plain(file)}: ${plain(why)}\n`);
  for (const { rule, status, why, findings } of outcomes) {
    const controls = RULES.find(({ meta }) => meta.id === rule)?.meta.controls ?? [];
    if (json) say(JSON.stringify({ rule, controls, status, why, findings }));
    else {
      const look = status === 'pass' ? 'green' : status === 'fail' ? 'red' : 'dim';
      say(`${styleText(look, status.padEnd(14))} ${rule.padEnd(26)} ${controls.join(' ')}`);
      if (findings.length === 0 && status !== 'not-applicable') say(`${' '.repeat(15)}${plain(why)}`);
      for (const { message, place } of findings)
        say(`${' '.repeat(15)}${'file' in place ? `${plain(place.file)}:${place.line}  ` : ''}${plain(message)}`);
    }
  }
  if (outcomes.some(({ status }) => status === 'fail')) process.exitCode = 1;
}
