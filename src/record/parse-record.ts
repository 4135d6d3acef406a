import type { AuditEvent, AuditKind } from './event.ts';
import { FIELDS, KINDS } from './serialise.ts';

/** An event in its place. */
export interface AuditRecord extends AuditEvent {
  /** Zero-based position in the log. */
  readonly index: number;
  /** Leaf hash of the record before, base64url. */
  readonly prev: string;
}

const isKind = (value: unknown): value is AuditKind => typeof value === 'string' && KINDS.has(value);

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);

function isForm(name: keyof AuditEvent, value: unknown): boolean {
  const form = FIELDS[name];
  if (form === 'number') return typeof value === 'number';
  if (form === 'list') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === 'string';
}

const isField = (name: string): name is keyof AuditEvent => Object.hasOwn(FIELDS, name);

function read(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a record from its line, or gives undefined when it is not one. Says nothing of its authenticity. */
export function parseRecord(line: string): AuditRecord | undefined {
  const value = read(line);
  if (value === undefined) return undefined;
  const { index, prev, time, kind, request, ...rest } = value;
  if (!isWhole(index) || typeof prev !== 'string' || !isWhole(time)) return undefined;
  if (!isKind(kind) || typeof request !== 'string') return undefined;
  for (const [name, field] of Object.entries(rest)) if (!isField(name) || !isForm(name, field)) return undefined;
  return { index, prev, time, kind, request, ...rest };
}
