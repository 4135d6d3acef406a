import type { Model } from '../../engine/machine.ts';
import { onlyText } from '../../engine/values.ts';
import type { Notes } from '../../notes.ts';
import { isPage, notePage } from '../../pages.ts';
import { argument, pathOf } from './names.ts';

const HTML = /^(?:(?:starlette|fastapi)\.responses\.HTMLResponse|sanic\.response\.html)$/;
const RESPONSE =
  /^(?:(?:starlette|fastapi)\.responses\.Response|aiohttp\.web\.Response|flask\.(?:Response|make_response)|quart\.(?:Response|make_response)|django\.http\.HttpResponse)$/;

/** Notes what of a caller stands in a page that answers a request. It answers nothing. */
export function pages(notes: Notes): Model {
  return (call, machine) => {
    const path = pathOf(call);
    if (HTML.test(path)) notePage(notes, call, machine, [path, argument(call, 0, 'content')]);
    else if (RESPONSE.test(path)) {
      const body =
        ['content', 'text', 'body', 'response']
          .map((name) => call.named?.get(name))
          .find((each) => each !== undefined) ?? call.args[0];
      const type = onlyText(
        call.named?.get('media_type') ?? call.named?.get('content_type') ?? call.named?.get('mimetype'),
      );
      if (type?.startsWith('text/html') === true || isPage(body)) notePage(notes, call, machine, [path, body]);
    }
    return undefined;
  };
}
