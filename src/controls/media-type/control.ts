import type { Decide } from '../../pipeline/control.ts';
import type { Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision } from '../../pipeline/decision.ts';
import type { Settings } from '../../pipeline/settings.ts';

const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?[ \t]*$/i;

/**
 * Takes a message only as `application/json`: a page can send `text/plain` or a form to any address without asking, and
 * nothing else may be read as one (Fetch, CORS-safelisted request-header). The answer's two types must be acceptable
 * (MCP 2026-07-28 basic/transports/streamable-http#sending-messages).
 */
export function configure({ http: options }: Settings): Decide {
  const path = options?.path ?? '';
  return function mediaType({ http }: Exchange): Decision {
    if (http === undefined || http.method !== 'POST' || http.path !== path) return PASS;
    const type = http.headers['content-type'];
    if (type === undefined || !JSON_TYPE.test(type)) return deny('MEDIA_TYPE_REFUSED', { detail: type ?? 'none' });
    if (http.headers['content-encoding'] !== undefined)
      return deny('MEDIA_TYPE_REFUSED', { detail: 'content-encoding' });
    return accepts(http.headers.accept) ? PASS : deny('NOT_ACCEPTABLE', { detail: http.headers.accept ?? 'none' });
  };
}

function accepts(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  const types = accept.toLowerCase();
  if (types.includes('*/*')) return true;
  return types.includes('application/json') && types.includes('text/event-stream');
}
