import { findCredential, holdsRandom } from '../../text/credential-shape.ts';
import { secretIn } from '../secrets-in-files.ts';
import type { Dockerfile, Instruction } from './parts.ts';

const NAME = /(?:^|[./-])(?:dockerfile|containerfile)(?:$|[.-])/i;
const HEREDOC = /<<-?\s*(["']?)([A-Za-z_]\w*)\1/g;

/** Whether a file is a Dockerfile by its name. */
export function isDockerfile(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return NAME.test(name) && !/\.(?:md|txt|ts|js|json|ya?ml)$/i.test(name);
}

/** Reads the instructions of a Dockerfile: lines that go on are one, comments are none, and the text of a here-document belongs to its own. */
export function readDockerfile(file: string, text: string): Dockerfile {
  const lines = text.split(/\r?\n/);
  const mark = /^#\s*escape\s*=\s*`/im.test(text.slice(0, 200)) ? '`' : '\\';
  const instructions: Instruction[] = [];
  for (let at = 0; at < lines.length; at++) {
    const first = lines[at]?.trim() ?? '';
    if (first === '' || first.startsWith('#')) continue;
    const line = at + 1;
    let whole = first;
    while (whole.endsWith(mark) && at + 1 < lines.length) {
      at += 1;
      const next = lines[at]?.trim() ?? '';
      if (next.startsWith('#')) continue;
      whole = `${whole.slice(0, -1).trimEnd()} ${next}`;
    }
    for (const [, , end] of whole.matchAll(HEREDOC)) {
      while (at + 1 < lines.length && lines[at + 1]?.trim() !== end) whole += `\n${lines[++at] ?? ''}`;
      at += 1;
    }
    const [name = ''] = whole.split(/\s+/);
    instructions.push({
      line,
      name: name.toUpperCase(),
      ...withoutSecrets(name.toUpperCase(), whole.slice(name.length).trim()),
    });
  }
  return { file, instructions };
}

const ASSIGNED = /(?<!\w)([A-Za-z_]\w*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))/g;
const OLD_ENV = /^([A-Za-z_]\w*)\s+([^=\s].*)$/;

/** Takes the secrets out of the text of an instruction that sets names: what was gathered may be kept. */
export function withoutSecrets(name: string, text: string): Pick<Instruction, 'text' | 'secrets'> {
  if (name === 'CMD' || name === 'ENTRYPOINT') return { text: withoutRandom(text), secrets: [] };
  if (name !== 'ENV' && name !== 'ARG' && name !== 'RUN') return { text, secrets: [] };
  const old = name === 'ENV' ? OLD_ENV.exec(text) : null;
  const pairs =
    old === null
      ? [...text.matchAll(ASSIGNED)].map(
          ([, key = '', double, single, bare]) => [key, double ?? single ?? bare ?? ''] as const,
        )
      : [[old[1] ?? '', old[2] ?? ''] as const];
  let plain = text;
  const secrets: { readonly name: string; readonly kind: string }[] = [];
  for (const [key, value] of pairs) {
    const kind = secretIn(key, value);
    if (kind === undefined) continue;
    secrets.push({ name: key, kind });
    plain = plain.replaceAll(value, '[secret]');
  }
  return { text: withoutRandom(plain), secrets };
}

/** What looks like a credential without a name, as in a header. */
export function withoutRandom(text: string): string {
  return text.replaceAll(/[^\s"'=:@/]{16,}/g, (word) =>
    findCredential(word) === undefined && !holdsRandom(word) ? word : '[secret]',
  );
}
