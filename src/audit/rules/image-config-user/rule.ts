import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { ImageConfig } from '../../gather/image-config.ts';

/** See `meta`. */
export const rule: FileRule<ImageConfig> = fileRule(
  {
    id: 'image-config-user',
    title: 'Built images start as a user of their own',
    failure: 'A built image starts as root',
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-01'],
    method: 'static',
    remedy: 'Build it with USER 65532:65532, or another number that is not 0.',
    references: ['OCI Image Configuration, config.User', 'OWASP Docker Security Cheat Sheet, rule 2'],
  },
  ({ images }) => images,
  (image) => {
    const { file, name, user } = image;
    if (user !== undefined && !/^(?:0+|root)(?::|$)/.test(user.value)) return [];
    const message = user === undefined ? `"${name}" names no user, and so starts as root` : `"${name}" starts as root`;
    return [{ message, place: placeIn(file, user ?? image) }];
  },
);
