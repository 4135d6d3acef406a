import { findCredential } from '../../text/credential-shape.ts';
import { secretIn } from '../secrets-in-files.ts';
import type { At, Held } from './parts.ts';

/** One file that tools read their credentials or settings from. */
export interface CredentialFile {
  readonly file: string;
  readonly form: 'npmrc' | 'env' | 'pypirc' | 'netrc' | 'git';
  /** Whether git keeps it; absent where that cannot be told. */
  readonly isTracked?: boolean;
  readonly secrets: readonly Held[];
  /** Settings of npm that bear on what it installs, as they are written. */
  readonly settings: readonly At<string>[];
}

const FORMS: readonly (readonly [RegExp, CredentialFile['form']])[] = [
  [/(?:^|\/)\.npmrc$/, 'npmrc'],
  [/(?:^|\/)\.env(?:\.(?!(?:example|sample|template|dist|defaults|schema|test|testing|ci)\b)[\w-]+)?$/, 'env'],
  [/(?:^|\/)\.pypirc$/, 'pypirc'],
  [/(?:^|\/)[._]netrc$/, 'netrc'],
  [/(?:^|\/)\.git-credentials$/, 'git'],
];
const SETTINGS =
  /^(?:strict-ssl|registry|@[^:\s]+:registry|ignore-scripts|save-exact|audit|package-lock|proxy|https-proxy)\s*=/;

/** What kind of file it is by its name; `undefined` where it is none. */
export function credentialForm(path: string): CredentialFile['form'] | undefined {
  return FORMS.find(([form]) => form.test(path))?.[1];
}

/** Reads one: of what is secret only the kind is kept. */
export function readCredentialFile(file: string, form: CredentialFile['form'], text: string): CredentialFile {
  const lines = text.split(/\r?\n/).map((line, index) => ({ value: line.trim(), line: index + 1, column: 1 }));
  const written = lines.filter(({ value }) => value !== '' && !/^[#;]/.test(value));
  return {
    file,
    form,
    secrets: written.flatMap(({ value, line, column }) =>
      secretsOf(form, value).map(({ name, secret }) => ({ name, secret, line, column })),
    ),
    settings: form === 'npmrc' ? written.filter(({ value }) => SETTINGS.test(value)).map(withoutPassword) : [],
  };
}

function withoutPassword({ value, ...at }: At<string>): At<string> {
  return { value: value.replace(/\/\/[^/@\s]*@/, '//').slice(0, 200), ...at };
}

interface Named {
  readonly name: string;
  readonly secret: string;
}

function secretsOf(form: CredentialFile['form'], line: string): readonly Named[] {
  if (form === 'git') {
    const secret = findCredential(line);
    return secret === undefined ? [] : [{ name: 'a line', secret }];
  }
  if (form === 'netrc')
    return [...line.matchAll(/\bpassword\s+(\S+)/g)].map(() => ({ name: 'password', secret: 'a password' }));
  const cut = line.indexOf('=');
  if (cut <= 0) return [];
  const name = line
    .slice(0, cut)
    .replace(/^export\s+/, '')
    .trim();
  const value = line
    .slice(cut + 1)
    .trim()
    .replace(/^(["'])([^]*)\1$/, '$2');
  if (form === 'npmrc') {
    const [, key = ''] = /(?:^|:)(_authToken|_auth|_password)$/.exec(name) ?? [];
    // Npm puts variables in where they stand as ${NAME}.
    return key === '' || value === '' || value.includes('${')
      ? []
      : [{ name: key, secret: 'a credential of a registry' }];
  }
  const secret = secretIn(name, value.replace(/\s+#.*$/, ''));
  return secret === undefined ? [] : [{ name, secret }];
}
