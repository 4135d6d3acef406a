import type { Located } from '../gather/located.ts';
import type { LogFacts } from './log-facts.ts';
import type { SarifFacts } from './sarif.ts';
import type { BomFacts, LockedPackages } from './bom.ts';

/**
 * What is known of the signature of a record: `good` by a key that the reader was given; `other` where it is signed by none of
 * those, `unverified` where the reader was given no key, `bad` where it claims to be of a given key and is not.
 */
export type SignatureState = 'none' | 'good' | 'other' | 'unverified' | 'bad';

/** A record in the form of this product: a mapping with `portcullis: evidence/1` and a kind. */
export interface EvidenceRecord {
  readonly file: string;
  readonly kind: string;
  readonly root: Located;
  readonly signature: SignatureState;
  /** Files whose digest it names: whether each is as it says; `undefined` where it is not there. */
  readonly holds: readonly { readonly path: string; readonly isSame?: boolean }[];
}

/** An in-toto statement in a DSSE envelope. */
export interface Statement {
  readonly file: string;
  readonly predicateType: string;
  readonly subjects: readonly { readonly name: string; readonly digest: Readonly<Record<string, string>> }[];
  readonly predicate: Located;
  readonly signature: SignatureState;
}

/** An envelope that holds a signed tool manifest of this product. */
export interface SignedManifest {
  readonly file: string;
  readonly entries: number;
  readonly signature: SignatureState;
}

/** A certificate of X.509; nothing of a key. */
export interface CertificateFacts {
  readonly file: string;
  readonly subject: string;
  /** ISO 8601. */
  readonly notAfter: string;
}

/** One thing that is pinned in a lock of this product. */
export interface PinFacts {
  readonly file: string;
  readonly upstream: string;
  readonly name: string;
  readonly approvedBy?: string;
  /** ISO 8601. */
  readonly approvedAt?: string;
}

/** The admission record of a package in a lock. */
export interface VettingFacts {
  readonly file: string;
  readonly upstream: string;
  readonly source: string;
  /** ISO 8601. */
  readonly at: string;
  readonly failed: readonly string[];
  readonly unknown: readonly string[];
}

/** Where a record holds a secret itself. */
export interface HeldSecret {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly secret: string;
}

/** What `npm audit signatures --json` says, with the time of its file. */
export interface SignatureAudit {
  readonly file: string;
  readonly invalid: readonly string[];
  readonly missing: readonly string[];
}

/** What the records of those who run a server come to. */
export interface EvidenceSubject {
  /** When it was looked at, ISO 8601: ages are counted from here, also when a run is judged again. */
  readonly at: string;
  readonly records: readonly EvidenceRecord[];
  readonly statements: readonly Statement[];
  readonly manifests: readonly SignedManifest[];
  readonly sarif: readonly SarifFacts[];
  readonly boms: readonly BomFacts[];
  readonly signatureAudits: readonly SignatureAudit[];
  readonly certificates: readonly CertificateFacts[];
  readonly logs: readonly LogFacts[];
  readonly pins: readonly PinFacts[];
  readonly vettings: readonly VettingFacts[];
  /** What the lockfile beside the target installs; `undefined` where there is none. */
  readonly locked?: LockedPackages;
  /** Where security faults are to be reported, of SECURITY.md. */
  readonly contacts: readonly { readonly file: string; readonly contact: string }[];
  readonly secrets: readonly HeldSecret[];
  readonly files: readonly string[];
  readonly unread: readonly { readonly file: string; readonly why: string }[];
}
