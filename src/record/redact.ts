import { redactPatterns } from './patterns.ts';
import { createRegistry } from './registry.ts';

/** Takes secrets out of text on its way to the audit log or a log line. */
export interface Redactor {
  /**
   * Gives the text without the remembered secrets (exactly, in each usual encoding) and without what looks like a
   * credential. At most `limit` UTF-16 units of the text are read; 65,536 unless told.
   */
  redact(text: string, limit?: number): string;
  /** Gives the whole text without the remembered secrets, and otherwise as it is. */
  withhold(text: string): string;
  /**
   * Where the remembered secrets are: UTF-16 positions. What a text ends with counts when a secret begins so, for the rest
   * may follow in the next text of a stream.
   */
  spans(text: string): readonly (readonly [number, number])[];
  /**
   * Remembers a secret until the returned function is called.
   *
   * @throws TypeError when it has fewer than 6 characters.
   */
  remember(secret: string): () => void;
  /** Changes whenever the set of remembered secrets does. */
  readonly version: number;
}

const LIMIT = 65_536;

/** Makes a redactor that knows no secret yet. One per process: every sink shares it. */
export function createRedactor(): Redactor {
  const registry = createRegistry();
  return {
    redact: (text, limit = LIMIT) => redactPatterns(registry.replace(text, limit)),
    withhold: (text) => registry.replace(text, text.length),
    spans: (text) => registry.spans(text),
    remember: (secret) => registry.remember(secret),
    get version() {
      return registry.version;
    },
  };
}
