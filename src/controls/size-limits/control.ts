import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Bounds on what comes in and what goes out. */
export interface SizeLimits {
  readonly decide: Decide;
  /** Most bytes that the host reads of a body or line. */
  readonly bodyBytes: number;
  /** Decides on the size of an answer, in bytes. */
  answer(bytes: number): Decision;
}

/**
 * Refuses a message or an answer over its limit. Headers are counted before any of them is looked at; bodies are counted
 * while they are read, before anything is parsed.
 */
export function configure(settings: Settings): SizeLimits {
  const { limits } = settings;
  if (!isOn(settings, 'size-limits'))
    return { decide: () => PASS, bodyBytes: Number.MAX_SAFE_INTEGER, answer: () => PASS };
  return {
    bodyBytes: limits.bodyBytes,
    decide({ body, http }: Exchange): Decision {
      if (body !== undefined) return body.length > limits.bodyBytes ? deny('BODY_TOO_LARGE') : PASS;
      const headers = (http?.rawHeaders.length ?? 0) / 2;
      return headers > limits.headerCount ? deny('BODY_TOO_LARGE', { detail: `${headers} headers` }) : PASS;
    },
    answer(bytes: number): Decision {
      return bytes <= limits.resultBytes ? PASS : deny('OUTPUT_TOO_LARGE', { detail: `${bytes} bytes` });
    },
  };
}
