import type { Model, OutsideCall } from '../../engine/machine.ts';
import { origin, type Source } from '../../engine/origins.ts';
import { objectOf, symbol, thing, type Value } from '../../engine/values.ts';
import { pathOf } from './names.ts';

const DEPENDENCIES = /^fastmcp\.server\.(?:dependencies|http)\.(get_http_headers|get_http_request)$/;
const TOKEN =
  /^(?:fastmcp\.server\.dependencies|mcp\.server\.auth\.middleware\.auth_context)\.get_access_token(?:\(\)\.token)?$/;
const STACK = /^traceback\.(?:format_exc|format_exception|format_tb|format_stack)$/;

/** What a handler asks for and a caller sends: the request of HTTP around it, its headers and its token; and the stack of an error. */
export const requests: Model = (call) => {
  const path = pathOf(call);
  const asked = DEPENDENCIES.exec(path)?.[1];
  if (asked === 'get_http_headers') return headersFrom((name, kind) => sourceAt(call, name, kind));
  if (asked !== undefined) return requestFrom((name, kind) => sourceAt(call, name, kind));
  if (TOKEN.test(path)) {
    const token = thing(objectOf([['token', sourceAt(call, 'token', 'credential')]]));
    return { things: [...(token.things ?? []), ...(symbol(`${path}()`).things ?? [])] };
  }
  if (STACK.test(path)) return sourceAt(call, 'stack', 'error');
  return undefined;
};

/** Makes a value of what is sent under a name. */
type From = (name: string, kind: Source['kind']) => Value;

function sourceAt({ frame, at }: OutsideCall, name: string, kind: Source['kind']): Value {
  return { origins: [origin('member', [], 0, { kind, name, file: frame.module.file, at, sure: true })] };
}

function headersFrom(from: From): Value {
  const credential = from('headers.authorization', 'credential');
  const headers = objectOf([
    ['authorization', credential],
    ['Authorization', credential],
  ]);
  return { ...thing(headers), origins: from('headers', 'argument').origins ?? [] };
}

/** A request of HTTP: what of it is a credential, and what is an argument. */
export function requestFrom(from: From): Value {
  return { ...thing(objectOf([['headers', headersFrom(from)]])), origins: from('', 'argument').origins ?? [] };
}
