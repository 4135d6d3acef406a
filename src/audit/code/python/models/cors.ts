import type { Model, OutsideCall } from '../../engine/machine.ts';
import { fieldOf, itemsOf, thingsOf, type Value } from '../../engine/values.ts';
import { CORS, OPEN_CORS } from '../../facts.ts';
import type { Notes } from '../../notes.ts';
import { pathOf } from './names.ts';

const MIDDLEWARE = /^(?:starlette|fastapi)\.middleware\.cors\.CORSMiddleware$/;
const FLASK = /^flask_cors\.(?:CORS|cross_origin|core\.CORS)$/;

/** Notes who may read answers in a browser. It answers nothing. */
export function cors(notes: Notes): Model {
  return (call) => {
    const path = pathOf(call);
    const isFlask = FLASK.test(path);
    if (!isFlask && !MIDDLEWARE.test(path) && !isHandedOn(call)) return undefined;
    const isOpen = isFlask ? isOpenFlask(call) : isOpenStarlette(call);
    notes.call(isOpen ? OPEN_CORS : CORS, { ...call, args: [] });
    return undefined;
  };
}

/** `Middleware(CORSMiddleware, ...)`, `app.add_middleware(CORSMiddleware, ...)`. */
function isHandedOn({ args }: OutsideCall): boolean {
  return thingsOf(args[0], 'symbol').some(({ path }) => MIDDLEWARE.test(path));
}

/** Starlette answers a page that sends cookies with the origin of that page where every origin may read. */
function isOpenStarlette({ named }: OutsideCall): boolean {
  const isAny =
    hasText(named?.get('allow_origins'), '*') ||
    ['.*', '.+', '^.*$', 'https?://.*'].some((each) => hasText(named?.get('allow_origin_regex'), each));
  return isAny && isTrue(named?.get('allow_credentials'));
}

/** So does Flask-CORS, for which that is what holds where none is named. */
function isOpenFlask({ named }: OutsideCall): boolean {
  if (!isTrue(named?.get('supports_credentials'))) return false;
  const resources = thingsOf(named?.get('resources'), 'object').flatMap((each) => [...each.fields.values()]);
  const inResources = resources.flatMap((each) => fieldOf(each, 'origins') ?? []);
  const origins = named?.get('origins');
  if (origins === undefined && inResources.length === 0) return resources.length === 0;
  return [origins, ...inResources].some((each) => hasText(each, '*') || hasText(each, '.*'));
}

function isTrue(value: Value | undefined): boolean {
  return value?.constants?.length === 1 && value.constants[0] === true;
}

function hasText(value: Value | undefined, text: string): boolean {
  return [value, ...itemsOf(value)].some((each) => each?.constants?.includes(text) === true);
}
