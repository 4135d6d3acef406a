import { isObject } from '../../protocol/json.ts';
import type { PromptEntry, ResourceEntry } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';

/** Cursors of a list: opaque, bound to principal and method. */
export interface Cursors {
  readonly decide: Decide;
  write(exchange: Exchange, offset: number): string;
  /** The offset, or a denial. */
  read(exchange: Exchange, cursor: unknown): number | Decision;
}

const TRAVERSAL = /(?:^|[:/\\])\.{1,2}(?:[/\\?#;]|$)/;
/** How often a URI is decoded in search of traversal; what is still encoded then is refused. */
const DECODINGS = 3;
const URI = /^[a-zA-Z][a-zA-Z0-9+.-]*:[\x21-\x7e]+$/;

/**
 * Holds resources, prompts, completions and cursors to the rules of tools: URIs of plain characters without traversal,
 * completion only of arguments that exist, and cursors that no other caller or list can use.
 */
export function configure(settings: Settings): Cursors {
  const { sealer } = settings;
  if (!isOn(settings, 'primitive-validation')) {
    return { decide: () => PASS, write: (_, offset) => String(offset), read: (_, cursor) => Number(cursor ?? 0) };
  }
  return {
    decide(exchange: Exchange): Decision {
      const { message } = exchange;
      if (message?.kind !== 'request') return PASS;
      if (message.method === 'resources/read' || message.method === 'resources/subscribe')
        return checkUri(message.params['uri']);
      return message.method === 'completion/complete' ? checkCompletion(exchange, message.params['argument']) : PASS;
    },
    write: (exchange, offset) => sealer.seal('cursor', binding(exchange), String(offset)),
    read(exchange: Exchange, cursor: unknown): number | Decision {
      if (cursor === undefined) return 0;
      const text = typeof cursor === 'string' ? sealer.open('cursor', binding(exchange), cursor) : undefined;
      return text === undefined ? deny('CURSOR_INVALID') : Number(text);
    },
  };
}

function binding({ principal, message }: Exchange): readonly string[] {
  return [principal?.id ?? '', message?.kind === 'request' ? message.method : ''];
}

function checkUri(uri: unknown): Decision {
  if (typeof uri !== 'string' || !URI.test(uri)) return deny('RESOURCE_UNKNOWN', { detail: 'not a plain URI' });
  let text = uri;
  for (let decoded = 0; decoded <= DECODINGS; decoded++) {
    if (TRAVERSAL.test(text)) return deny('RESOURCE_UNKNOWN', { detail: 'traversal' });
    const next = decodeOnce(text);
    if (next === text) return PASS;
    text = next;
  }
  return deny('RESOURCE_UNKNOWN', { detail: 'encoded too often' });
}

/** Decodes what is ASCII; nothing else can be a dot or a separator. */
function decodeOnce(text: string): string {
  if (!text.includes('%')) return text;
  return text.replaceAll(/%[0-7][0-9a-f]/gi, (encoded) => String.fromCharCode(Number.parseInt(encoded.slice(1), 16)));
}

function checkCompletion({ target }: Exchange, argument: unknown): Decision {
  if (target === undefined || target.kind === 'tool' || !isObject(argument)) return deny('PARAMS_INVALID');
  const known = argumentsOf(target);
  const name = argument['name'];
  return typeof name === 'string' && known.includes(name)
    ? PASS
    : deny('PARAMS_INVALID', { detail: 'no such argument' });
}

/** Names of the arguments that can be completed: those of a prompt, the variables of a template. */
export function argumentsOf(target: PromptEntry | ResourceEntry): readonly string[] {
  if (target.kind === 'resource') return target.template?.variables ?? [];
  const declared = target.definition['arguments'];
  if (!Array.isArray(declared)) return [];
  return declared.flatMap((argument: unknown) =>
    isObject(argument) && typeof argument['name'] === 'string' ? [argument['name']] : [],
  );
}
