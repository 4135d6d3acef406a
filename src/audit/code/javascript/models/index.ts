import type { Model } from '../../engine/machine.ts';
import type { Notes } from '../../notes.ts';
import { asked } from './asked.ts';
import { clients } from './clients.ts';
import { cors } from './cors.ts';
import { handlers } from './handlers.ts';
import { pages } from './pages.ts';
import { places } from './paths.ts';
import { remote } from './remote.ts';
import { schemas } from './schemas.ts';
import { sinks } from './sinks.ts';
import { checks, texts } from './texts.ts';
import { lists, unknown, values } from './values.ts';

/** What is known of the things from outside of TypeScript and JavaScript, the first that answers first. */
export function javascriptModels(notes: Notes): readonly Model[] {
  return [
    asked(notes),
    cors(notes),
    clients(notes),
    pages(notes),
    sinks(notes),
    handlers(notes),
    schemas,
    remote,
    checks,
    places,
    values,
    texts,
    lists,
    unknown,
  ];
}
