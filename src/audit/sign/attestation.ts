import { verify, type KeyObject } from 'node:crypto';
import { isEnvelopeLike, preAuthentication } from '../../manifest/dsse.ts';
import { digestOfDigests } from './subject.ts';
import { parseStatement } from './statement-form.ts';
import { PAYLOAD_TYPE, PREDICATE_TYPE, STATEMENT_TYPE, type AuditStatement } from './statement.ts';

const MOST_BYTES = 64 * 1024 * 1024;
/** Two clocks may differ by so much. */
const SKEW_MS = 60_000;

/** What an attestation says, after everything about it was checked. */
export interface Attested {
  readonly statement: AuditStatement;
  /** Milliseconds since the audit. */
  readonly age: number;
}

/**
 * Opens an attestation of an audit with a public key (DSSE 1.0.2, in-toto Attestation Framework v1). The bytes that are read
 * are those that the signature is over.
 * @throws TypeError when it is no such envelope, when this key did not sign it as it is, or when it says what it cannot.
 */
export function openAttestation(text: string, key: KeyObject, now: Date): Attested {
  if (text.length > MOST_BYTES) throw new TypeError('it is larger than any attestation');
  const envelope = parseJson(text, 'it is no JSON');
  if (!isEnvelopeLike(envelope)) throw new TypeError('it is no DSSE envelope');
  const payload = Buffer.from(envelope.payload, 'base64');
  const signed = preAuthentication(envelope.payloadType, payload);
  // INVARIANT: a key id is a hint that anyone can write; every signature is tried with the key that was given.
  const isSigned = envelope.signatures.some(({ sig }) => verify(null, signed, key, Buffer.from(sig, 'base64')));
  if (!isSigned) throw new TypeError('this key has not signed it, or it was changed after that');
  if (envelope.payloadType !== PAYLOAD_TYPE)
    throw new TypeError(`what is signed is no in-toto statement but ${JSON.stringify(envelope.payloadType)}`);
  const statement = readStatement(parseJson(payload.toString('utf8'), 'what is signed is no JSON'));
  const { auditedAt, signedAt, files } = statement.predicate;
  const isWhole = files === undefined || digestOfDigests(Object.entries(files)) === statement.subject[0]?.digest.sha256;
  if (!isWhole) throw new TypeError('the files that it names are not its subject');
  const [audited, sealed] = [Date.parse(auditedAt), Date.parse(signedAt)];
  if (Math.max(audited, sealed) > now.getTime() + SKEW_MS) throw new TypeError(`it is of the future: ${signedAt}`);
  if (audited > sealed + SKEW_MS) throw new TypeError('it was signed before the audit');
  return { statement, age: now.getTime() - audited };
}

function parseJson(text: string, failure: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new TypeError(failure, { cause: error });
  }
}

function readStatement(value: unknown): AuditStatement {
  const { _type, predicateType } = Object(value) as { readonly _type?: unknown; readonly predicateType?: unknown };
  if (_type !== STATEMENT_TYPE) throw new TypeError('what is signed is no in-toto statement of version 1');
  if (predicateType !== PREDICATE_TYPE)
    throw new TypeError(`it attests something else than an audit: ${JSON.stringify(predicateType)}`);
  return parseStatement(value);
}
