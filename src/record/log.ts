import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { storeCheckpoint } from './checkpoint-files.ts';
import { signCheckpoint, type Checkpoint } from './checkpoint.ts';
import { createCheckpointer, type Checkpointer } from './checkpointer.ts';
import { createCommitter, type Committer } from './committer.ts';
import { DISK } from './disk.ts';
import type { AuditEvent, Receipt, Recorder } from './event.ts';
import { segmentAt } from './layout.ts';
import { lockDirectory } from './lock.ts';
import { checkName, formatVerifier, parseVerifier } from './note.ts';
import { checkOptionNames, wholeNumber, type LogOptions } from './options.ts';
import { createPump } from './pump.ts';
import { createQueue } from './queue.ts';
import { recover } from './recover.ts';
import { createRedactor } from './redact.ts';
import { createSerialiser } from './serialise.ts';
import { createTroubles } from './troubles.ts';
import { openWriter } from './writer.ts';

/** The audit log of this process. */
export interface AuditLog extends Recorder {
  /** Durable records. */
  readonly size: number;
  /** Who verifies the checkpoints: `name+hash+key` (C2SP signed-note). Safe to publish. */
  readonly verifier: string;
  /** Fields that no one allowed and that were therefore not written; events lost to a full queue. */
  readonly dropped: { readonly fields: number; readonly events: number };
  /** Signs and keeps a checkpoint of the records that are durable now. */
  checkpoint(): Promise<Checkpoint>;
}

interface Parts {
  readonly options: LogOptions;
  readonly verifier: string;
  readonly committer: Committer;
  readonly checkpointer: Checkpointer;
  readonly limits: { readonly checkpointEvery: number; readonly queueBytes: number };
  /** Lets go of the directory. */
  readonly release: () => void;
}

function createLog({ options, verifier, committer, checkpointer, limits, release }: Parts): AuditLog {
  const tell = (detail: string): void => {
    try {
      options.onAlert?.(detail);
    } catch {
      // Whoever listens must not stop the log.
    }
  };
  const serialiser = createSerialiser(options.redactor ?? createRedactor());
  const queue = createQueue(limits.queueBytes);
  const troubles = createTroubles(tell);
  const pump = createPump({ queue, committer, serialiser, troubles, checkpointEvery: limits.checkpointEvery, tell });
  let closed = false;

  return {
    verifier,
    get size() {
      return committer.size;
    },
    get healthy() {
      return !closed && !troubles.outage && checkpointer.healthy;
    },
    get dropped() {
      return { fields: serialiser.droppedFields, events: troubles.lostInAll };
    },
    append(event: AuditEvent): Promise<Receipt> {
      if (closed) return Promise.reject(new Error('the audit log is closed'));
      try {
        const receipt = queue.wait(serialiser.body(event));
        if (receipt === undefined) return Promise.reject(new Error('the queue of the audit log is full'));
        pump.wake();
        return receipt;
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new Error('the event could not be written'));
      }
    },
    note(event: AuditEvent): void {
      try {
        if (closed || !queue.note(serialiser.body(event))) troubles.lose();
        else pump.wake();
      } catch {
        troubles.lose();
      }
    },
    checkpoint: () => committer.sign('kept'),
    async close() {
      if (closed) return;
      closed = true;
      try {
        await pump.drain();
        await committer.sign('kept');
        if (!queue.empty) throw new Error('events could not be written before the audit log was closed');
      } finally {
        release();
      }
    },
  };
}

function prepareDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (process.platform !== 'win32' && (statSync(directory).mode & 0o077) !== 0) chmodSync(directory, 0o700);
  mkdirSync(join(directory, 'checkpoints'), { recursive: true, mode: 0o700 });
}

/**
 * Opens the audit log for writing, or begins one: an RFC 6962 tree over lines of JSON, with signed checkpoints.
 * What a crash left unfinished is cut and said in an `alert` record.
 *
 * @throws TypeError for options that are not valid.
 * @throws LogDamage when the records are not those that were signed.
 * @throws Error when another process writes the log, or the directory or key is not right.
 */
export async function openLog(given: LogOptions): Promise<AuditLog> {
  checkOptionNames(given);
  const options: LogOptions = Object.freeze({ ...given });
  const { directory, key } = options;
  const origin = checkName(options.origin);
  const limits = {
    segmentBytes: wholeNumber('segmentBytes', options.segmentBytes, 16_777_216, 1024, 1_073_741_824),
    checkpointEvery: wholeNumber('checkpointEvery', options.checkpointEvery, 4096, 1, 1_000_000),
    queueBytes: wholeNumber('queueBytes', options.queueBytes, 4_194_304, 1024, 268_435_456),
  };
  const verifier = formatVerifier(origin, key.publicKey);
  prepareDirectory(directory);
  const unlock = lockDirectory(directory);
  try {
    const recovered = recover(directory, parseVerifier(verifier), options.rehash === true);
    if (recovered.segment === undefined) {
      // Before any record: a log without a checkpoint is a log from which one was removed.
      const empty = signCheckpoint(origin, 0, recovered.frontier.root(), key);
      await storeCheckpoint(directory, empty, { history: false });
    }
    const segment = recovered.segment ?? segmentAt(directory, 0);
    const writer = await openWriter(directory, segment, recovered.bytes, options.disk ?? DISK);
    const checkpointer = createCheckpointer(directory, origin, key, recovered.frontier);
    const committer = createCommitter(recovered, writer, checkpointer, limits.segmentBytes);
    const release = (): void => {
      writer.close();
      unlock();
    };
    const log = createLog({ options, verifier, committer, checkpointer, limits, release });
    if (recovered.torn !== undefined) {
      const request = randomBytes(16).toString('base64url');
      await log.append({ time: Date.now(), kind: 'alert', request, detail: recovered.torn });
    }
    if (log.size > recovered.signed) await log.checkpoint();
    return log;
  } catch (error) {
    unlock();
    throw error;
  }
}
