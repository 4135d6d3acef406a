import type { Contents } from '../../package/contents.ts';
import { contentsOf, MANIFEST, packageRule, type PackageRule } from '../../package/subject.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: PackageRule<Pick<Contents, 'licence' | 'repository'>> = packageRule(
  {
    id: 'package-origin',
    title: 'The package says where its source is and what may be done with it',
    failure: 'The package does not say where it comes from',
    severity: 'low',
    confidence: 'high',
    controls: ['SUP-05'],
    method: 'static',
    remedy: 'Ask its maintainers. What has no source that can be read cannot be vetted.',
    references: ['npm, package.json: license and repository', 'OpenSSF Scorecard'],
  },
  (subject) => {
    const contents = contentsOf(subject);
    if (typeof contents === 'string') return contents;
    const { licence, repository } = contents;
    return { ...(licence === undefined ? {} : { licence }), ...(repository === undefined ? {} : { repository }) };
  },
  ({ licence, repository }) => {
    const hits: Hit[] = [];
    if (repository === undefined) hits.push({ message: 'it names no repository', place: MANIFEST });
    if (licence === undefined) hits.push({ message: 'it names no licence', place: MANIFEST });
    return hits;
  },
);
