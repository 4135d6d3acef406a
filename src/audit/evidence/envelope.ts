import { isEnvelope, isSignedBy, keyIdOf, type Envelope } from '../../manifest/dsse.ts';
import type { KeyObject } from 'node:crypto';
import { isObject } from '../../protocol/json.ts';
import { member, readLocated, textOf } from '../gather/located.ts';
import { plainValues } from './plain-values.ts';
import type { HeldSecret, SignatureState, SignedManifest, Statement } from './subject.ts';

/** What a record is signed as. */
export const RECORD_TYPE = 'application/vnd.portcullis.evidence.v1';
/** What the in-toto attestation framework says of the envelope of a statement. */
export const STATEMENT_TYPE = 'application/vnd.in-toto+json';
const MANIFEST_TYPE = 'application/vnd.portcullis.manifest.v1+json';
const MOST_SUBJECTS = 64;

/** What an envelope held. */
export type Opened =
  | { readonly as: 'record'; readonly text: string; readonly signature: SignatureState }
  | { readonly as: 'statement'; readonly statement: Statement; readonly secrets: readonly HeldSecret[] }
  | { readonly as: 'manifest'; readonly manifest: SignedManifest };

/** Opens an envelope (DSSE); `undefined` where the value is none, or of a payload that says nothing here. */
export function openEnvelope(file: string, value: unknown, keys: readonly KeyObject[]): Opened | undefined {
  if (!isEnvelope(value)) return undefined;
  const signature = signatureOf(value, keys);
  const text = Buffer.from(value.payload, 'base64').toString('utf8');
  if (value.payloadType === RECORD_TYPE) return { as: 'record', text, signature };
  if (value.payloadType === MANIFEST_TYPE) {
    const manifest: unknown = JSON.parse(text);
    if (!isObject(manifest) || !Array.isArray(manifest['entries'])) return undefined;
    return { as: 'manifest', manifest: { file, entries: manifest['entries'].length, signature } };
  }
  return value.payloadType === STATEMENT_TYPE ? readStatement(file, text, signature) : undefined;
}

/** INVARIANT: only a key that the reader was given makes a signature good; the key id finds it and proves nothing. */
function signatureOf(envelope: Envelope, keys: readonly KeyObject[]): SignatureState {
  if (envelope.signatures.length === 0) return 'none';
  if (keys.length === 0) return 'unverified';
  if (keys.some((key) => isSignedBy(envelope, key))) return 'good';
  const ids = new Set(keys.map(keyIdOf));
  return envelope.signatures.some(({ keyid }) => ids.has(keyid)) ? 'bad' : 'other';
}

function readStatement(file: string, text: string, signature: SignatureState): Opened | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value) || !String(value['_type']).startsWith('https://in-toto.io/Statement/')) return undefined;
  const predicateType = value['predicateType'];
  if (typeof predicateType !== 'string' || !Array.isArray(value['subject'])) return undefined;
  const [root] = readLocated(text);
  const { root: plain, secrets } = plainValues(file, root ?? { line: 1, column: 1, scalar: null });
  const subjects = (member(plain, 'subject')?.items ?? []).slice(0, MOST_SUBJECTS).map((each) => ({
    name: textOf(member(each, 'name')) ?? '',
    digest: Object.fromEntries(
      Object.entries(member(each, 'digest')?.members ?? {}).map(([name, digest]) => [name, textOf(digest) ?? '']),
    ),
  }));
  const predicate = member(plain, 'predicate') ?? { line: 1, column: 1, scalar: null };
  return {
    as: 'statement',
    statement: { file, predicateType: predicateType.slice(0, 300), subjects, predicate, signature },
    secrets,
  };
}
