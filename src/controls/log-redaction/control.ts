import { createRedactor, type Redactor } from '../../record/redact.ts';

/** A redactor that takes nothing out of logs: what the control's attack needs to succeed. */
function createTransparent(): Redactor {
  const known = createRedactor();
  return {
    redact: (text) => text,
    withhold: (text) => known.withhold(text),
    spans: (text) => known.spans(text),
    remember: (secret) => known.remember(secret),
    version: 0,
  };
}

/**
 * Gives the process its one redactor: everything on its way to the audit log or a log line passes through it, after the
 * allow-list of fields. Remembered secrets are taken out exactly, in each usual encoding; credentials by their shape.
 */
export function configure(weakened: ReadonlySet<string>): Redactor {
  return weakened.has('log-redaction') ? createTransparent() : createRedactor();
}
