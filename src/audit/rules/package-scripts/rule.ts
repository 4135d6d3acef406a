import type { Contents } from '../../package/contents.ts';
import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';

/** It fetches something, or runs a text that stands in the manifest. */
const GRAVE =
  /\b(?:curl|wget|iwr|Invoke-WebRequest|powershell|certutil|bitsadmin)\b|\bnode\s+(?:-e|--eval|-p)\b|\bbase64\b|\b(?:ba)?sh\s+-c\b|https?:\/\//i;
/** It only builds or checks, as far as its name says. */
const USUAL =
  /^(?:node-gyp rebuild|node-gyp-build|prebuild-install(?: \|\| node-gyp rebuild)?|node-pre-gyp install.*|husky(?: install)?|patch-package|opencollective-postinstall(?: \|\| true)?)$/;

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'scripts' | 'builds'>> = packageRule(
  {
    id: 'package-scripts',
    title: 'The package runs nothing when it is installed',
    failure: 'The package runs something when it is installed',
    severity: 'medium',
    confidence: 'high',
    controls: ['SUP-05', 'SUP-01'],
    method: 'static',
    remedy: 'Install it with --ignore-scripts, and read what it would have run before you allow it.',
    references: ['OWASP NPM Security Cheat Sheet, section 3', 'npm, scripts'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    return typeof contents === 'string' ? contents : { scripts: contents.scripts, builds: contents.builds };
  },
  ({ scripts, builds }) => [
    ...Object.entries(scripts).map(([name, line]) => ({
      message: GRAVE.test(line)
        ? `its ${name} fetches or evaluates something`
        : `its ${name} runs when it is installed`,
      place: MANIFEST,
      evidence: line.slice(0, 200),
      ...(GRAVE.test(line)
        ? { severity: 'high' as const }
        : USUAL.test(line.trim())
          ? { severity: 'low' as const }
          : {}),
    })),
    ...(builds
      ? [
          {
            message: 'npm builds native code for it, although no script says so',
            place: MANIFEST,
            evidence: 'binding.gyp',
            severity: 'low' as const,
          },
        ]
      : []),
  ],
);
