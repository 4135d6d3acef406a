import { concluded, evidenceRule, unclearSignature, type EvidenceRule } from '../../evidence/evidence-rule.ts';
import type { SignedManifest } from '../../evidence/subject.ts';

interface Manifests {
  readonly manifests: readonly SignedManifest[];
}

/** See `meta`. */
export const rule: EvidenceRule<Manifests> = evidenceRule(
  {
    id: 'tool-manifest-signature',
    title: 'The manifest of the tools is signed by a key that the reader knows',
    failure: 'The manifest of the tools is not what the key that it names has signed',
    severity: 'high',
    controls: ['TDS-01'],
    remedy:
      'Sign the manifest (portcullis manifest sign), put it beside the records, and give the public key with --evidence-key.',
    references: ['OWASP MCP minimum bar 3.1', 'DSSE 1.0.2'],
  },
  ({ manifests }) => ({ manifests }),
  ({ manifests }) => {
    const hits = manifests
      .filter(({ signature }) => signature === 'bad')
      .map(({ file }) => ({
        message: 'a signature is not that of the key that it names',
        place: { file, line: 1, column: 1 },
      }));
    const unclear = manifests.flatMap(({ file, signature, entries }) => [
      ...(unclearSignature(file, signature) === undefined ? [] : [unclearSignature(file, signature) ?? '']),
      ...(entries === 0 ? [`${file} describes no tool`] : []),
    ]);
    if (manifests.length === 0)
      unclear.push('there is no signed manifest among the records: portcullis manifest build, then sign');
    return concluded(hits, unclear, `${manifests.length} signed manifests verify`);
  },
);
