import { createPrivateKey, createPublicKey } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { AuditEvent } from '../../src/record/event.ts';
import { openLog, type AuditLog } from '../../src/record/log.ts';
import type { SigningKey } from '../../src/record/note.ts';
import type { LogOptions } from '../../src/record/options.ts';

/** A key for tests alone: its seed is 32 zero bytes (PKCS #8, RFC 8410 section 7). */
const PKCS8 = Buffer.from(`302e020100300506032b657004220420${'00'.repeat(32)}`, 'hex');
/** Name of the logs of tests. */
export const ORIGIN = 'portcullis.test/notes';

/** The signing key of tests. */
export function testKey(): SigningKey {
  const privateKey = createPrivateKey({ key: PKCS8, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey: Buffer.from(spki.subarray(-32)) };
}

/** A directory that goes when the test ends. */
export function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-record-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a log in a directory; closed when the test ends, if it still is open. */
export async function open(t: TestContext, directory: string, options: Partial<LogOptions> = {}): Promise<AuditLog> {
  const log = await openLog({ directory, origin: ORIGIN, key: testKey(), ...options });
  t.after(() => log.close().catch(() => undefined));
  return log;
}

/** An event whose request tells its number. */
export function event(number: number, more: Partial<AuditEvent> = {}): AuditEvent {
  return {
    time: 1_700_000_000_000 + number,
    kind: 'intent',
    request: `request-${number}`,
    method: 'tools/call',
    ...more,
  };
}

/** Names of the segments of a log, oldest first. */
export function segmentNames(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith('segment-'))
    .sort();
}

/** The lines of a file, without their newlines. */
export function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8').split('\n').slice(0, -1);
}

/** Every line of a log. */
export function allLines(directory: string): string[] {
  return segmentNames(directory).flatMap((name) => linesOf(join(directory, name)));
}

/** Rewrites the lines of a segment. */
export function rewrite(path: string, change: (lines: string[]) => string[]): void {
  writeFileSync(
    path,
    change(linesOf(path))
      .map((line) => `${line}\n`)
      .join(''),
  );
}
