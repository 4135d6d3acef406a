import type { Language } from './analyse.ts';
import { javascript } from './javascript/front-end.ts';
import { javascriptModels } from './javascript/models/index.ts';

/** What is read, and what is known of it. */
export const LANGUAGES: readonly Language[] = [{ frontEnd: javascript, models: javascriptModels }];
