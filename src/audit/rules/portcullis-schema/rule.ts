import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-schema',
    title: 'Each portcullis.yaml is as its schema has it',
    failure: 'A portcullis.yaml is not as its schema has it',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-04'],
    method: 'config',
    remedy: 'Portcullis refuses to start with it. portcullis config check says what is wrong and what is meant.',
    references: ['portcullis.schema.json'],
  },
  ({ deployments }) => deployments,
  ({ file, problems }) => problems.map((each) => ({ message: each.value.slice(0, 300), place: placeIn(file, each) })),
);
