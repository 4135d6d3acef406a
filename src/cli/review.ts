import { createHash, createPublicKey } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Option, type Command } from 'commander';
import * as z from 'zod';
import { parse } from 'yaml';
import { placesOf } from '../config/places.ts';
import { readConfig } from '../config/read.ts';
import { isSignedBy, parseEnvelope, signEnvelope } from '../manifest/dsse.ts';
import { isObject } from '../protocol/json.ts';
import { lockOf } from './gateway-open.ts';
import { readSigningKey } from './manifest.ts';
import { Mistake } from './mistake.ts';
import { markdownPacket, REVIEW_TYPE, type DecidedPoint, type ReviewPacket } from './review/packet.ts';
import { pointsOf } from './review/points.ts';
import { readState, type ReviewState } from './review/state.ts';
import { readUsage } from './review/usage.ts';

const DAY = 86_400_000;
const DAYS = 92;
const STATEMENT = 'application/vnd.in-toto+json';

interface ReviewOptions {
  readonly config: string;
  readonly before?: string;
  readonly beforeKey?: string;
  readonly decisions?: string;
  readonly format: 'markdown' | 'json';
  readonly output?: string;
  readonly sign?: string;
  readonly attestation: string;
}

const Decisions = z.strictObject({
  decisions: z
    .array(
      z.strictObject({
        point: z.string().regex(/^[0-9a-f]{12}$/),
        decision: z.enum(['keep', 'reduce', 'revoke', 'renew', 'accept']),
        by: z.string().min(1).max(200),
      }),
    )
    .max(10_000),
});

/** Enters `portcullis review`. */
export function addReview(program: Command): void {
  program
    .command('review')
    .description(
      'the quarterly review: what changed, what has grown, what ends, what nobody used; signed when it is decided',
    )
    .requiredOption('--config <file>', 'configuration file')
    .option('--before <file>', 'the attestation of the review before: what has grown since then')
    .option('--before-key <file>', 'public key (PEM) of whoever signed it')
    .option('--decisions <file>', 'what was decided on each point (YAML)')
    .addOption(new Option('--format <format>', 'how it is told').choices(['markdown', 'json']).default('markdown'))
    .option('--output <file>', 'write the packet there instead of to the terminal')
    .option('--sign <key>', 'private key (PEM, Ed25519) to attest the review with, once every point is decided')
    .option('--attestation <file>', 'where the attestation goes', 'review.dsse.json')
    .action((options: ReviewOptions) => review(options));
}

/** Exit code 1 where a point is not decided, or the log is not whole. */
async function review(options: ReviewOptions): Promise<void> {
  const packet = await packetOf(options);
  const text = options.format === 'json' ? `${JSON.stringify(packet, undefined, 2)}\n` : markdownPacket(packet);
  if (options.output === undefined) process.stdout.write(text);
  else await writeFile(options.output, text, { mode: 0o600 });
  if (options.sign !== undefined) await attest(packet, options, options.sign);
  if (packet.undecided > 0 || packet.log.isWhole === false) process.exitCode = 1;
}

async function packetOf(options: ReviewOptions): Promise<ReviewPacket> {
  const source = await readConfig(options.config);
  const now = Date.now();
  const before = options.before === undefined ? undefined : await readBefore(options.before, options.beforeKey);
  const from = before?.at ?? now - DAYS * DAY;
  const usage = await readUsage(placesOf(source).audit, from);
  const state = await readState(source);
  const decided = await readDecisions(options.decisions);
  const points = pointsOf(state, before?.state, usage, now).map((point): DecidedPoint => {
    const { decision, by } = decided.get(point.id) ?? {};
    return { ...point, ...(decision === undefined || by === undefined ? {} : { decision, by }) };
  });
  return {
    at: new Date(now).toISOString(),
    from: new Date(from).toISOString(),
    due: new Date(now + DAYS * DAY).toISOString(),
    log: {
      isWhole: usage.isWhole ?? null,
      records: usage.records,
      begins: usage.begins === undefined ? null : new Date(usage.begins).toISOString(),
    },
    points,
    undecided: points.filter(({ decision }) => decision === undefined).length,
    unknown: [
      ...(usage.isWhole === undefined ? ['what was used and changed: there is no audit log'] : []),
      ...(before === undefined ? ['what has grown: no attestation of a review before was given (--before)'] : []),
      'when a secret was last used: that is not recorded',
      'how old dependencies are: portcullis audit looks at the lockfile, and no data on release dates is here',
    ],
    state,
  };
}

async function readBefore(file: string, keyFile: string | undefined): Promise<{ at: number; state: ReviewState }> {
  if (keyFile === undefined)
    throw new Mistake('--before counts with the public key of whoever signed it: --before-key <file>.');
  const envelope = parseEnvelope(await readText(file));
  let isSigned: boolean;
  try {
    isSigned = isSignedBy(envelope, createPublicKey(await readText(keyFile)));
  } catch {
    throw new Mistake(`${keyFile} is no public key (PEM, Ed25519).`);
  }
  if (!isSigned) throw new Mistake(`${file} is not signed by ${keyFile}, or was changed after that.`);
  const value: unknown = JSON.parse(Buffer.from(envelope.payload, 'base64').toString('utf8'));
  const predicate = isObject(value) && value['predicateType'] === REVIEW_TYPE ? value['predicate'] : undefined;
  if (!isObject(predicate) || !isObject(predicate['state'])) throw new Mistake(`${file} attests no review.`);
  return { at: Date.parse(String(predicate['at'])), state: predicate['state'] as unknown as ReviewState };
}

async function readDecisions(file: string | undefined): Promise<ReadonlyMap<string, { decision: string; by: string }>> {
  if (file === undefined) return new Map();
  const { data, error } = Decisions.safeParse(parse(await readText(file)));
  if (data === undefined) {
    const [issue] = error.issues;
    throw new Mistake(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
  }
  return new Map(data.decisions.map(({ point, decision, by }) => [point, { decision, by }]));
}

/** INVARIANT: nobody attests what nobody decided, or by a log that was changed. */
async function attest(packet: ReviewPacket, { config, attestation }: ReviewOptions, keyFile: string): Promise<void> {
  if (packet.undecided > 0)
    throw new Mistake(`${packet.undecided} points are not decided. Write down each with --decisions, then sign.`);
  if (packet.log.isWhole === false) throw new Mistake('the audit log is not whole: see portcullis log verify.');
  const digestOf = async (file: string): Promise<string | undefined> => {
    const bytes = await readFile(file).catch(() => undefined);
    return bytes === undefined ? undefined : createHash('sha256').update(bytes).digest('hex');
  };
  const subject = [];
  for (const file of [config, lockOf(config)]) {
    const sha256 = await digestOf(file);
    if (sha256 !== undefined) subject.push({ name: basename(file), digest: { sha256 } });
  }
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: REVIEW_TYPE,
    predicate: packet,
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const envelope = signEnvelope({ payloadType: STATEMENT, payload, signatures: [] }, await readSigningKey(keyFile));
  const beside = `${attestation}.${process.pid}.tmp`;
  await writeFile(beside, `${JSON.stringify(envelope, undefined, 2)}\n`, { mode: 0o600 });
  await rename(beside, attestation);
  process.stderr.write(`wrote ${attestation}: due again by ${packet.due.slice(0, 10)}\n`);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => {
    throw new Mistake(`${file} cannot be read.`);
  });
}
