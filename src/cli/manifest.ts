import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { manifestPath, readManifestOptions } from '../config/manifest.ts';
import { readConfig } from '../config/read.ts';
import { codeOf } from '../manifest/code.ts';
import { findDrift, type Drift } from '../manifest/drift.ts';
import { keyIdOf, parseEnvelope, signEnvelope, type Envelope } from '../manifest/dsse.ts';
import {
  describeServer,
  keyOf,
  openManifest,
  readManifest,
  sealManifest,
  type Manifest,
} from '../manifest/manifest.ts';
import { findTrustProblems } from '../manifest/trust.ts';
import { DEFAULT_LIMITS } from '../pipeline/limits.ts';
import { createPrivateFile, readPrivateFile } from '../record/private-file.ts';
import { scanDefinition } from '../scan/scan.ts';
import { compileServer } from '../server/catalog.ts';
import { loadDefinition } from './load-definition.ts';
import { Mistake } from './mistake.ts';

const FILE = 'portcullis.manifest.json';

/** Enters `portcullis manifest ...`. */
export function addManifest(program: Command): void {
  const manifest = program
    .command('manifest')
    .description('say what a server is, have it signed, and find what changed');
  manifest
    .command('key')
    .description('make an Ed25519 key: <file> with mode 0600, and <file>.pub')
    .argument('<file>', 'where the private key goes')
    .action(makeKey);
  manifest
    .command('build')
    .description('write the manifest of a server, unsigned, and tell what the scan finds in it')
    .argument('<module>', 'a module whose default export is server({ ... }), or the configuration of a gateway')
    .option('--out <file>', 'where it goes', FILE)
    .action((module: string, options: { readonly out: string }) => build(module, options.out));
  manifest
    .command('sign')
    .description('add a signature; build keys and approver keys sign one after the other')
    .requiredOption('--key <file>', 'private key, as portcullis manifest key makes it')
    .option('--manifest <file>', 'the manifest', FILE)
    .action((options: { readonly key: string; readonly manifest: string }) => sign(options.key, options.manifest));
  manifest
    .command('verify')
    .description('check signatures, code and every definition against a configuration; exit 1 when something is wrong')
    .argument('<module>', 'a module whose default export is server({ ... }), or the configuration of a gateway')
    .requiredOption('--config <file>', 'configuration with the section manifest')
    .action((module: string, options: { readonly config: string }) => verify(module, options.config));
  manifest
    .command('diff')
    .description('show what changed since the manifest was made; exit 1 when something did')
    .argument('<module>', 'a module whose default export is server({ ... }), or the configuration of a gateway')
    .option('--manifest <file>', 'the manifest', FILE)
    .option('--json', 'one JSON object a line')
    .action((module: string, options: { readonly manifest: string; readonly json?: boolean }) => diff(module, options));
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function makeKey(file: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  await createPrivateFile(file, privateKey.export({ format: 'pem', type: 'pkcs8' }));
  await writeFile(`${file}.pub`, publicKey.export({ format: 'pem', type: 'spki' }), { flag: 'wx' });
  say(`made ${file} and ${file}.pub, key id ${keyIdOf(publicKey)}`);
}

async function describe(module: string): Promise<Manifest> {
  const definition = await loadDefinition(module);
  const { catalog, needs } = compileServer(definition, DEFAULT_LIMITS);
  return describeServer({ catalog, needs, code: codeOf(definition) });
}

async function build(module: string, out: string): Promise<void> {
  const manifest = await describe(module);
  const tools = new Set(manifest.entries.filter(({ kind }) => kind === 'tool').map(({ name }) => name));
  for (const entry of [
    ...manifest.entries,
    { ...manifest.server, kind: 'server', name: '', definition: manifest.server },
  ]) {
    const others = new Set([...tools].filter((name) => name !== entry.name));
    for (const { severity, path, rule, excerpt } of scanDefinition(entry.definition, { tools: others }))
      say(`${severity}: ${keyOf(entry)}, ${path}: ${rule}, "${excerpt}"`);
  }
  await write(out, sealManifest(manifest));
  const modules = Object.keys(manifest.code).length;
  say(`wrote ${out}: ${manifest.entries.length} primitives, ${modules} modules. Not signed yet.`);
}

async function sign(keyFile: string, file: string): Promise<void> {
  const envelope = parseEnvelope(await readText(file));
  const { entries } = readManifest(envelope);
  const key = await readSigningKey(keyFile);
  await write(file, signEnvelope(envelope, key));
  say(`signed ${file} (${entries.length} primitives) with key ${keyIdOf(createPublicKey(key))}`);
}

async function verify(module: string, configFile: string): Promise<void> {
  const source = await readConfig(configFile);
  const options = await readManifestOptions(source);
  if (options === undefined) throw new Mistake(`${configFile} has no section "manifest".`);
  const problems = findTrustProblems(options.envelope, options.trust);
  for (const problem of problems) say(problem);
  const drift = findDrift(readManifest(options.envelope), await describe(module));
  for (const change of drift) tell(change);
  if (problems.length + drift.length > 0) {
    process.exitCode = 1;
    return;
  }
  say(`${manifestPath(source) ?? ''} is signed by a build key and an approver key, and the server is as it says.`);
}

async function diff(
  module: string,
  { manifest: file, json = false }: { readonly manifest: string; readonly json?: boolean },
): Promise<void> {
  const { manifest } = openManifest(await readText(file));
  const drift = findDrift(manifest, await describe(module));
  for (const change of drift) {
    if (json) say(JSON.stringify(change));
    else tell(change);
  }
  if (drift.length > 0) process.exitCode = 1;
  else if (!json) say(`The server is as ${file} says.`);
}

function tell({ where, class: kind, path, before, after }: Drift): void {
  say(`${where} ${kind}${path === '' ? '' : ` ${path}`}`);
  if (before !== undefined) say(`  - ${before}`);
  if (after !== undefined) say(`  + ${after}`);
}

/** Reads the private key of whoever signs.
 * @throws Mistake when the file holds none. */
export async function readSigningKey(file: string): Promise<KeyObject> {
  const pem = await readPrivateFile(file);
  try {
    return createPrivateKey(pem);
  } catch {
    // The parser's own message can quote the file.
    throw new Mistake(`${file} is not an unencrypted PEM private key. Make one with: portcullis manifest key <file>`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Mistake(`${file} cannot be read. Make it with: portcullis manifest build <module>`, { cause: error });
  }
}

/** Atomically: a reader sees the old file or the new one. */
async function write(file: string, envelope: Envelope): Promise<void> {
  const beside = `${file}.${process.pid}.tmp`;
  await writeFile(beside, `${JSON.stringify(envelope, undefined, 2)}\n`);
  await rename(beside, file);
}
