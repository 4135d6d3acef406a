import type { Model } from '../../engine/machine.ts';
import { onlyText } from '../../engine/values.ts';
import type { Notes } from '../../notes.ts';
import { isPage, notePage } from '../../pages.ts';

/** What answers a request: of Express, Node, Fastify and Hono. */
const ANSWERS: ReadonlySet<string> = new Set(['send', 'end', 'write', 'html']);

/** Notes what of a caller stands in a page that answers a request. It answers nothing. */
export function pages(notes: Notes): Model {
  return (call, machine) => {
    if (!machine.isFollowing || call.receiver === undefined || !ANSWERS.has(call.name)) return undefined;
    const page = call.args.find((each) => onlyText(each) === undefined && isPage(each));
    notePage(notes, call, machine, [`.${call.name}`, page]);
    return undefined;
  };
}
