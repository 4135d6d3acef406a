import { isObject } from '../protocol/json.ts';
import { parseReference } from '../secrets/reference.ts';
import { holdsRandom, locateCredential } from '../text/credential-shape.ts';
import type { ConfigProblem } from './problem.ts';
import type { Located, Path } from './yaml.ts';

const KEEP = 'Keep it in a file or a vault, and refer to it under "secrets". Replace it: it has been in a file';

/** What is not secret although it looks drawn by chance, by the name of its key. */
const PUBLIC = /public|verifier|fingerprint|digest|sha\d|hash|jwks|^ca$|^cert$/i;

/**
 * Finds credentials in the text of a configuration, its notes included: what has the form of one, and values that look drawn
 * by chance. INVARIANT: a message holds nothing of what was found.
 */
export function findCredentials(text: string, source: Located): readonly ConfigProblem[] {
  const problems = text.split('\n').flatMap((line, index) => {
    const found = locateCredential(line);
    if (found === undefined) return [];
    return [{ line: index + 1, column: found.index + 1, message: `this looks like ${found.kind}. ${KEEP}.` }];
  });
  const lines = new Set(problems.map(({ line }) => line));
  for (const path of randomValues(source.value, [])) {
    const position = source.at(path);
    if (!lines.has(position.line)) problems.push({ ...position, message: `this looks like a credential. ${KEEP}.` });
  }
  return problems;
}

function randomValues(value: unknown, path: Path): readonly Path[] {
  if (typeof value === 'string') return holdsRandom(value) && !isReference(value, path) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((member, index) => randomValues(member, [...path, index]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    PUBLIC.test(key) ? [] : randomValues(member, [...path, key]),
  );
}

/** Names of versions and accounts in a reference look drawn by chance, too. */
function isReference(value: string, path: Path): boolean {
  return path[0] === 'secrets' && path[2] === 'from' && parseReference(value) !== undefined;
}
