import type { Language } from './analyse.ts';
import { javascript } from './javascript/front-end.ts';
import { javascriptModels } from './javascript/models/index.ts';
import { python } from './python/front-end.ts';
import { pythonModels } from './python/models/index.ts';

/** What is read, and what is known of it. */
export const LANGUAGES: readonly Language[] = [
  { frontEnd: javascript, models: javascriptModels },
  { frontEnd: python, models: pythonModels },
];
