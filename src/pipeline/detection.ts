import type { Effect } from './catalog.ts';

/** What is done about text that looks like orders to a model: nothing, a label and a record, or a refusal. */
export type DetectionMode = 'off' | 'flag' | 'refuse';

/** What is done, by the effect of the tool; resources and prompts count as `read`. */
export type DetectionRules = Readonly<Record<Effect, DetectionMode>>;

/** What was found in the texts of one exchange. */
export interface Detected {
  /** Ids of rules, sorted. */
  readonly rules: readonly string[];
  /** UTF-16 units that were not looked at. */
  readonly unscanned: number;
}

const MODES: ReadonlySet<unknown> = new Set<DetectionMode>(['off', 'flag', 'refuse']);
const FLAGS: DetectionRules = Object.freeze({ read: 'flag', write: 'flag', destructive: 'flag', critical: 'flag' });

/**
 * Resolves what a deployment says of detection; what it does not say is flagged.
 * @throws TypeError on an effect or a mode that does not exist.
 */
export function readDetection(options: Partial<DetectionRules> = {}): DetectionRules {
  for (const [effect, mode] of Object.entries(options)) {
    if (!Object.hasOwn(FLAGS, effect))
      throw new TypeError(`detection: there is no effect "${effect}". There are ${Object.keys(FLAGS).join(', ')}.`);
    if (!MODES.has(mode)) throw new TypeError(`detection.${effect}: say "off", "flag" or "refuse".`);
  }
  return Object.freeze({ ...FLAGS, ...options });
}
