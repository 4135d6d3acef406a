import type { StartCheck } from '../../pipeline/start.ts';

/**
 * Refuses to start in production without a manifest, and anywhere with one whose signatures are not good: it needs one of
 * a build key and one of an approver key, which are not the same and have not expired.
 */
export function configureStart(): StartCheck {
  return function signedManifest({ profile, manifestProblems }) {
    if (manifestProblems !== undefined) return manifestProblems;
    if (profile !== 'production') return [];
    return [
      'manifest: production registers only what a signed manifest holds. ' +
        'Make one with `portcullis manifest build`, sign it twice, and name it under "manifest".',
    ];
  };
}
