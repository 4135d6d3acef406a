import { configJsonSchema } from '../../src/config/json-schema.ts';
import type { GeneratedFile } from './generated-file.ts';

/** Writes `portcullis.schema.json`, by which editors check and complete `portcullis.yaml`. */
export function configSchema(): GeneratedFile {
  return { path: 'portcullis.schema.json', content: `${JSON.stringify(configJsonSchema(), null, 2)}\n` };
}
