import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { configure as configureSeparation, isStrict } from '../controls/secret-separation/control.ts';
import { placesOf } from '../config/places.ts';
import { type ConfigFile, readConfig } from '../config/read.ts';
import { secretsOf } from '../config/secrets.ts';
import { nearest } from '../options.ts';
import { checkSecrets, type CheckContext, type SecretFinding } from '../secrets/check.ts';
import { fingerprintsFile, readElsewhere, takeFingerprints } from '../secrets/fingerprints.ts';
import { parseReference } from '../secrets/reference.ts';
import { replaceSecretFile } from '../secrets/replace-file.ts';
import { type RotationAnswer, requestRotation, rotationAnswers } from '../secrets/rotation-requests.ts';
import { createSqliteStore } from '../stores/sqlite.ts';
import { Mistake } from './mistake.ts';

interface Options {
  readonly config: string;
}

/** What they read may be slow. */
const [ANSWER_MS, LOOK_MS, SETTLE_MS] = [10_000, 200, 1_500];

/** Enters `portcullis secrets ...`. */
export function addSecrets(program: Command): void {
  const secrets = program.command('secrets').description('check and rotate the secrets of a configuration');
  secrets
    .command('check')
    .description('read every secret and tell what is wrong, never its value; exit 1 when something is')
    .requiredOption('--config <file>', 'configuration file')
    .option('--json', 'one JSON object a line')
    .action((options: Options & { readonly json?: boolean }) => check(options));
  secrets
    .command('rotate')
    .description('have the running servers read a secret again now')
    .argument('<name>', 'name of the secret')
    .requiredOption('--config <file>', 'configuration file')
    .option('--generate', 'put a new random value into its file first (file: secrets)')
    .action((name: string, options: Options & { readonly generate?: boolean }) => rotate(name, options));
  secrets
    .command('fingerprints')
    .description('print fingerprints that tell another environment which secrets it must not have')
    .requiredOption('--config <file>', 'configuration file')
    .action((options: Options) => printFingerprints(options));
}

async function open(file: string) {
  const source = await readConfig(file);
  const { secrets = {}, secretSettings = {} } = secretsOf(source);
  if (Object.keys(secrets).length === 0) throw new Mistake(`${file} declares no secrets.`);
  const { profile } = source.config;
  const { environment = profile, fingerprints, folder = '.', providers } = secretSettings;
  const context: CheckContext = {
    profile,
    folder,
    ...(providers === undefined ? {} : { providers }),
    separate: configureSeparation(new Set(), {
      strict: isStrict(profile, secretSettings.environment),
      elsewhere: await readElsewhere(environment, fingerprints),
    }),
  };
  return { source, secrets, environment, folder, context };
}

async function check({ config, json = false }: Options & { readonly json?: boolean }): Promise<void> {
  const { secrets, context } = await open(config);
  const { findings } = await checkSecrets(secrets, context);
  const faulty = findings.filter(({ problems }) => problems.length > 0).length;
  const lines = json ? findings.map((finding) => JSON.stringify(finding)) : table(findings);
  for (const line of lines) process.stdout.write(`${line}\n`);
  if (!json) process.stdout.write(`${findings.length} ${plural(findings.length)}, ${faulty} to mend.\n`);
  if (faulty > 0) process.exitCode = 1;
}

function table(findings: readonly SecretFinding[]): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length));
  return findings.flatMap(({ name, provider, ageDays, owner, problems, notes }) => {
    const age = ageDays === undefined ? '' : ageDays === 1 ? '1 day old' : `${ageDays} days old`;
    const head = `${name.padEnd(width)}  ${provider.padEnd(5)}  ${age.padEnd(14)}  ${owner ?? ''}`.trimEnd();
    return [head, ...problems.map((text) => `  problem: ${text}`), ...notes.map((text) => `  note: ${text}`)];
  });
}

function plural(count: number): string {
  return count === 1 ? 'secret' : 'secrets';
}

async function rotate(name: string, { config, generate = false }: Options & { readonly generate?: boolean }) {
  const source = await readConfig(config);
  const { secrets = {}, secretSettings = {} } = secretsOf(source);
  const declared = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (declared === undefined) {
    const near = nearest(name, Object.keys(secrets));
    throw new Mistake(
      `${config} declares no secret "${name}"${near === undefined ? '.' : `; did you mean "${near}"?`}`,
    );
  }
  if (generate) await writeNew(name, declared.from, secretSettings.folder ?? '.');
  const answers = await askInstances(source, name, generate);
  for (const answer of answers) process.stdout.write(`${tell(name, answer)}\n`);
  if (answers.length === 0) process.stdout.write('No running server answered.\n');
  if (answers.some(({ problems }) => problems.length > 0) || (answers.length === 0 && !generate)) process.exitCode = 1;
}

async function writeNew(name: string, from: string, folder: string): Promise<void> {
  const reference = parseReference(from);
  if (reference?.scheme !== 'file')
    throw new Mistake(`--generate is for file: secrets. Change "${name}" where it is, and then rotate it.`);
  const path = resolve(folder, reference.locator);
  await replaceSecretFile(path, randomBytes(32).toString('base64url'));
  process.stdout.write(`wrote a new value to ${path}\n`);
}

/** Asks over the store, and waits for the answers of those that run. */
async function askInstances(source: ConfigFile, name: string, written: boolean): Promise<readonly RotationAnswer[]> {
  const { store: file } = placesOf(source);
  if (file === undefined) {
    if (written) return [];
    throw new Mistake('the store is in memory, so that no running server can be told. Send it a new value instead.');
  }
  // Whoever runs has made it.
  if (!existsSync(file)) return [];
  const store = createSqliteStore({ file });
  try {
    const id = await requestRotation(store, name);
    const until = Date.now() + ANSWER_MS;
    let answers: readonly RotationAnswer[] = [];
    // After the first answer the others are given as long as it takes them to look.
    for (let settle = Number.POSITIVE_INFINITY; Date.now() < Math.min(until, settle); await pause(LOOK_MS)) {
      answers = await rotationAnswers(store, id);
      if (answers.length > 0 && settle === Number.POSITIVE_INFINITY) settle = Date.now() + SETTLE_MS;
    }
    return answers;
  } finally {
    await store.close();
  }
}

function tell(name: string, { instance, outcome, problems }: RotationAnswer): string {
  const what = {
    changed: `${name} has a new value`,
    unchanged: `${name} has the value that it had`,
    unknown: `there is no secret ${name}`,
  }[outcome];
  return [`${instance}: ${what}`, ...problems.map((text) => `  problem: ${text}`)].join('\n');
}

async function printFingerprints({ config }: Options): Promise<void> {
  const { secrets, environment, context } = await open(config);
  const { findings, read } = await checkSecrets(secrets, context);
  const lost = findings.find(({ reachable }) => !reachable);
  if (lost !== undefined) throw new Mistake(`${lost.name}: ${lost.problems[0] ?? 'it cannot be read'}`);
  process.stdout.write(fingerprintsFile(await takeFingerprints(environment, read)));
}
