import { openNote, signNote, type SigningKey, type Verifier } from './note.ts';

/** What a log commits to: its first `size` records have this root (C2SP tlog-checkpoint). */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  /** 32 bytes. */
  readonly root: Buffer;
  /** The signed note, as it is stored and shown to others. */
  readonly note: string;
}

/** Signs a checkpoint. The key's name is the origin, as C2SP tlog-checkpoint asks. */
export function signCheckpoint(origin: string, size: number, root: Buffer, key: SigningKey): Checkpoint {
  const note = signNote(`${origin}\n${size}\n${root.toString('base64')}\n`, origin, key);
  return { origin, size, root, note };
}

/** Gives the checkpoint of a note, or undefined when it is malformed or this verifier did not sign it. */
export function openCheckpoint(note: string, verifier: Verifier): Checkpoint | undefined {
  const text = openNote(note, verifier);
  if (text === undefined) return undefined;
  const [origin = '', digits = '', encoded = ''] = text.split('\n');
  const size = Number(digits);
  const root = Buffer.from(encoded, 'base64');
  if (origin !== verifier.name || !/^(?:0|[1-9][0-9]{0,15})$/.test(digits) || !Number.isSafeInteger(size))
    return undefined;
  if (root.length !== 32 || root.toString('base64') !== encoded) return undefined;
  return { origin, size, root, note };
}
