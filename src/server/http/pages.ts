import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Step } from '../../pipeline/run.ts';
import type { Plan } from '../steps.ts';

/** Serves one page for people. Never rejects. */
export type PageRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Pages by exact method and path: `GET /approvals`. */
export type PageRoutes = ReadonlyMap<string, PageRoute>;

/** What is decided on a request for a page. Its origin, media type and credential are not the endpoint's: pages have their own. */
const STEPS: ReadonlySet<string> = new Set([
  'size-limits',
  'host-validation',
  'token-location',
  'transport-encryption',
]);

/** The steps before a page. */
export function pageSteps({ transport, authenticate }: Plan): readonly Step[] {
  return [...transport, ...authenticate].filter(({ id }) => STEPS.has(id));
}
