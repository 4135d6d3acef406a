/**
 * `node:http` without what its ESM face loads besides: importing the names of the module runs every getter, and one of
 * them brings WebSocket and all that it stands on (6 MB and 20 ms at start-up, measured on Node 24.21).
 */
export const http: typeof import('node:http') = process.getBuiltinModule('node:http');

/** `node:https`, which brings TLS with it (6 MB): ask for it where TLS is spoken. */
export function https(): typeof import('node:https') {
  return process.getBuiltinModule('node:https');
}
