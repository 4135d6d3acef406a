import type { Model } from '../../engine/machine.ts';
import type { Notes } from '../../notes.ts';
import { asked } from './asked.ts';
import { clients } from './clients.ts';
import { cors } from './cors.ts';
import { handlers } from './handlers.ts';
import { pages } from './pages.ts';
import { places } from './places.ts';
import { requests } from './requests.ts';
import { sinks } from './sinks.ts';
import { checks, texts } from './texts.ts';
import { unknown, values } from './values.ts';

/** What is known of the things from outside of Python, the first that answers first. */
export function pythonModels(notes: Notes): readonly Model[] {
  return [
    asked(notes),
    cors(notes),
    clients(notes),
    pages(notes),
    sinks(notes),
    handlers(notes),
    requests,
    checks,
    places,
    values,
    texts,
    unknown,
  ];
}
