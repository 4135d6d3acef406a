import { judge, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';
import { META } from '../../protocol/versions.ts';

const KINDS: ReadonlyMap<string, string> = new Map([
  ['tag characters', 'tags'],
  ['bidi overrides', 'bidi'],
  ['zero-width characters', 'zero-width'],
  ['terminal sequences', 'terminal'],
  ['control characters', 'control'],
  ['tag characters in a log message', 'log'],
]);

/** Controls but tab, line feed and carriage return; format characters; tags; separators. Written down apart from the control. */
const HIDDEN = new RegExp(
  '[\\0-\\x08\\x0B\\x0C\\x0E-\\x1F\\x7F-\\x9F\\u00AD\\u061C\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F' +
    '\\uFE00-\\uFE0F\\uFEFF\\uFFF9-\\uFFFB\\u{E0000}-\\u{E0FFF}]',
  'u',
);

/** Markup by which untrusted text acts or loads where it is shown. */
const MARKUP: ReadonlyMap<string, RegExp> = new Map([
  ['a remote picture in Markdown', /!\[[^\]]*\]\(https:/],
  ['a link in Markdown that hides where it leads', /\]\(https:/],
  ['a picture by reference', /^\[[^\]]+\]:/m],
  ['a script element', /<script/i],
  ['an element with a handler', /<[a-z]+[^>]*\son\w+=/i],
  ['a hidden comment', /<!--/],
]);

/** Has `speak` answer and log in hidden characters, and `fetch_...` answer with markup; looks for them in what arrives. */
export const rule: Rule = {
  id: 'output-neutralisation',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const seen: Observation[] = [{ label: 'plain text', reply: await speak(target, connection, 'plain') }];
    for (const [label, kind] of KINDS) {
      const reply = await speak(target, connection, kind);
      seen.push({
        label,
        reply,
        fact: textsOf([reply.message, reply.notifications]).some((text) => HIDDEN.test(text)),
      });
    }
    for (const way of ['field', 'block']) {
      const reply = await connection.request('tools/call', { name: `fetch_${way}`, arguments: {} });
      const texts = textsOf(reply.message);
      for (const [label, form] of MARKUP)
        seen.push({ label: `${label}, in a ${way}`, reply, fact: texts.some((text) => form.test(text)) });
      seen.push({ label: `words beside it, in a ${way}`, reply, fact: texts.some((text) => text.includes('WORDS')) });
    }
    await connection.close();
    return seen;
  },
  judge(observations: readonly Observation[]): Verdict {
    const labels = [...MARKUP.keys()].flatMap((label) => [`${label}, in a field`, `${label}, in a block`]);
    const attacks = Object.fromEntries([...KINDS.keys(), ...labels].map((label) => [label, isClean]));
    const isThere = (seen: Observation) => served(seen) && seen.fact === true;
    const baseline = {
      'plain text': served,
      'words beside it, in a field': isThere,
      'words beside it, in a block': isThere,
    };
    return judge(observations, { baseline, attacks });
  },
};

async function speak({ era }: Target, connection: Connection, kind: string): Promise<Reply> {
  if (era === 'legacy') await connection.request('logging/setLevel', { level: 'debug' });
  const meta = era === 'modern' ? { meta: { [META.logLevel]: 'debug' } } : {};
  return connection.request('tools/call', { name: 'speak', arguments: { kind } }, meta);
}

function isClean(observation: Observation): boolean {
  return served(observation) && observation.fact === false;
}

/** Every string of a value, keys included. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isObject(value) ? Object.entries(value).flatMap(([key, member]) => [key, ...textsOf(member)]) : [];
}
