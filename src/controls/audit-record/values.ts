import type { RecordForm, Target } from '../../pipeline/catalog.ts';
import type { Settings } from '../../pipeline/settings.ts';
import { canonicalJson } from '../../protocol/canonical.ts';
import { isObject } from '../../protocol/json.ts';

const LONGEST = 64;
const DIGEST_CHARACTERS = 22;
/** All values together: what the log writes of one field. */
const MOST = 480;

/**
 * The arguments that a tool declared safe to record, as JSON of an object: redacted and cut at 64 characters, or as a keyed
 * digest. What is not declared is dropped (LOG-02). `undefined` where nothing is declared.
 */
export function recordedValues(
  target: Target | undefined,
  args: unknown,
  settings: Pick<Settings, 'redact' | 'digest' | 'weakened'>,
): string | undefined {
  // What the attack on the control needs to succeed: a log that takes whatever comes.
  if (settings.weakened.has('log-redaction')) return isObject(args) ? JSON.stringify(args).slice(0, MOST) : undefined;
  if (target?.kind !== 'tool' || target.record.size === 0 || !isObject(args)) return undefined;
  const members: string[] = [];
  let size = 2;
  for (const [name, form] of target.record) {
    if (!Object.hasOwn(args, name) || args[name] === undefined) continue;
    const member = `${JSON.stringify(name)}:${JSON.stringify(written(args[name], form, settings))}`;
    size += member.length + 1;
    if (size > MOST) break;
    members.push(member);
  }
  return `{${members.join(',')}}`;
}

function written(value: unknown, form: RecordForm, { redact, digest }: Pick<Settings, 'redact' | 'digest'>): unknown {
  if (form === 'hash')
    return digest(typeof value === 'string' ? value : canonicalJson(value)).slice(0, DIGEST_CHARACTERS);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return redact(String(value)) === String(value) ? value : '[redacted]';
  // INVARIANT: redacted before it is cut, so that half of a secret is not taken for a word.
  const text = redact(typeof value === 'string' ? value : JSON.stringify(value));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text;
}
