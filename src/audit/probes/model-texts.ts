import { isObject, type JsonObject } from '../../protocol/json.ts';
import { scanDefinition } from '../../scan/scan.ts';
import { findCredential } from '../../text/credential-shape.ts';

/** Something that a model reads, with where it stands. */
export interface ModelText {
  /** What it is, for people: `the tool search`. */
  readonly where: string;
  readonly value: unknown;
  /** Names of the tools beside it. */
  readonly tools: ReadonlySet<string>;
}

/** What was found in one of them: plain data, without the text. */
export interface TextFinding {
  readonly where: string;
  readonly rule: string;
  readonly severity: 'high' | 'medium';
  readonly path: string;
  readonly excerpt: string;
  readonly why: string;
}

const MOST = 300;
/** What a client reads to show or to fetch something; no model is told of it. A blob is encoded by the protocol itself. */
const NOT_TOLD: ReadonlySet<string> = new Set(['icons', '_meta', 'annotations', 'execution', 'blob']);

/** Looks through what models read with the rules that the gateway holds tools back by. At most 300 findings. */
export function findInTexts(texts: readonly ModelText[]): readonly TextFinding[] {
  const found: TextFinding[] = [];
  for (const { where, value, tools } of texts) {
    if (found.length >= MOST) break;
    for (const { rule, severity, path, excerpt, why } of scanDefinition(toldOf(value), { tools })) {
      // What looks like a credential is not kept, whatever else it is.
      const shown = findCredential(excerpt) === undefined ? excerpt : '(a text with a credential)';
      found.push({ where, rule, severity, path: path.slice(0, 200), excerpt: shown, why });
    }
  }
  return found.slice(0, MOST);
}

function toldOf(value: unknown): unknown {
  if (!isObject(value)) return value;
  const told: JsonObject = Object.fromEntries(Object.entries(value).filter(([key]) => !NOT_TOLD.has(key)));
  const { annotations } = value;
  // Of the annotations of a tool, the title is shown to the model.
  return isObject(annotations) && typeof annotations['title'] === 'string'
    ? { ...told, annotations: { title: annotations['title'] } }
    : told;
}
