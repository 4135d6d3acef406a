import { readFile, stat } from 'node:fs/promises';
import type * as z from 'zod';
import { nearest } from '../options.ts';
import type { Config } from './config.ts';
import { findCredentials } from './credentials.ts';
import { placeAt } from './json-schema.ts';
import { ConfigError, type ConfigProblem } from './problem.ts';
import { ConfigSchema } from './schema.ts';
import { type Located, type Path, readYaml } from './yaml.ts';

/** A configuration with the places that its parts came from. */
export interface ConfigFile {
  /** As it was named. */
  readonly file: string;
  readonly config: Config;
  readonly source: Located;
}

const MOST_BYTES = 1024 * 1024;

/**
 * Reads a configuration file.
 * @throws ConfigError with one line per fault; Error when the file cannot be read.
 */
export async function readConfig(file: string): Promise<ConfigFile> {
  const facts = await stat(file).catch(() => undefined);
  if (facts === undefined) throw new Error(`There is no configuration file ${file}.`);
  if (!facts.isFile()) throw new Error(`${file} is not a file.`);
  if (facts.size > MOST_BYTES) throw new Error(`${file} is larger than ${MOST_BYTES} bytes.`);
  const bytes = await readFile(file);
  try {
    return parseConfig(new TextDecoder('utf-8', { fatal: true }).decode(bytes), file);
  } catch (error) {
    if (error instanceof TypeError) throw new Error(`${file} is not UTF-8 text.`, { cause: error });
    throw error;
  }
}

/**
 * Parses the text of a configuration file; `file` is what errors call it.
 * @throws ConfigError with one line per fault.
 */
export function parseConfig(text: string, file: string): ConfigFile {
  const source = readYaml(text);
  if ('problems' in source) throw new ConfigError(file, source.problems);
  if (source.value === null) {
    throw new ConfigError(file, [
      { line: 1, column: 1, message: 'the file is empty. Begin with "profile: dev" or "profile: production".' },
    ]);
  }
  const credentials = findCredentials(text, source);
  if (credentials.length > 0) throw new ConfigError(file, credentials);
  const parsed = ConfigSchema.safeParse(source.value, { reportInput: true });
  if (parsed.success) return { file, config: parsed.data, source };
  throw new ConfigError(
    file,
    parsed.error.issues.flatMap((issue) => explain(issue, source)),
  );
}

function explain(issue: z.core.$ZodIssue, source: Located): readonly ConfigProblem[] {
  const path = issue.path.filter((part) => typeof part !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ ...source.keyAt([...path, key]), message: unknownKey(path, key) }));
  }
  // A rule over several keys says itself what is wrong.
  if (issue.code === 'custom' && issue.message !== 'Invalid input')
    return [{ ...source.at(path), message: `${dotted(path)}: ${issue.message}` }];
  const missing = issue.input === undefined && issue.code !== 'invalid_key';
  const where = missing || issue.code === 'invalid_key' ? source.keyAt(path) : source.at(path);
  const { description } = placeAt(path);
  const says = description === undefined ? '.' : `. ${description}`;
  return [{ ...where, message: `${dotted(path)}: ${what(issue, missing)}${says}` }];
}

function unknownKey(path: Path, key: string): string {
  const { keys } = placeAt(path);
  const near = nearest(key, keys);
  const hint = near === undefined ? `Known here: ${keys.join(', ')}.` : `Did you mean "${near}"?`;
  return `${dotted([...path, key])}: there is no such key. ${hint}`;
}

function what(issue: z.core.$ZodIssue, missing: boolean): string {
  switch (issue.code) {
    case 'invalid_type':
      return missing ? 'missing' : `must be ${TYPES.get(issue.expected) ?? issue.expected}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      return missing ? 'missing' : oneOf(issue.values.map(String), issue.input);
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters`
        : issue.origin === 'array'
          ? `must have at most ${issue.maximum} entries`
          : `must be at most ${issue.maximum}`;
    case 'invalid_key':
      return 'this name cannot be used';
    case 'custom':
      // What a section says itself; the library's own words say nothing.
      return issue.message === 'Invalid input' ? 'has not the right form' : issue.message.replace(/\.$/, '');
    default:
      return 'has not the right form';
  }
}

function oneOf(values: readonly string[], input: unknown): string {
  const near = typeof input === 'string' ? nearest(input, values) : undefined;
  return `must be ${values.join(' or ')}${near === undefined ? '' : `, such as ${near}`}`;
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['array', 'a list'],
  ['object', 'a group of keys'],
  ['record', 'a group of keys'],
]);

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a number' : 'a fraction';
  return typeof value === 'boolean' ? 'true or false' : 'a group of keys';
}

/** A path as people write it: `auth.issuers[0].issuer`. */
function dotted(path: Path): string {
  if (path.length === 0) return 'the file';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}
