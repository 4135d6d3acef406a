import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { CredentialFile } from '../../gather/credential-files.ts';

const WEAK: readonly (readonly [RegExp, string])[] = [
  [/^strict-ssl\s*=\s*(?:false|0|no)$/i, 'npm takes packages from whoever answers: certificates are not checked'],
  [/registry\s*=\s*http:\/\/(?!localhost\b|127\.|\[::1\])/i, 'npm asks a registry in clear text'],
  [/^package-lock\s*=\s*false$/i, 'npm writes no lockfile'],
];

/** See `meta`. */
export const rule: FileRule<CredentialFile> = fileRule(
  {
    id: 'npm-settings',
    title: 'npm is set to take only what it can verify',
    failure: 'npm is set to take what it cannot verify',
    severity: 'high',
    confidence: 'high',
    controls: ['SUP-01'],
    method: 'config',
    remedy: 'Leave strict-ssl and package-lock as they are, name registries by https, and set ignore-scripts=true.',
    references: ['npm config', 'OWASP NPM Security Cheat Sheet'],
  },
  ({ credentials }) => credentials.filter(({ form }) => form === 'npmrc'),
  ({ file, settings }) =>
    settings.flatMap((each) =>
      WEAK.flatMap(([form, message]) =>
        form.test(each.value) ? [{ message, place: placeIn(file, each), evidence: each.value.slice(0, 160) }] : [],
      ),
    ),
);
