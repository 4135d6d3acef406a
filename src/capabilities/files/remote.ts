import type { Remote } from '../capability.ts';
import { FilesError, type FilesReason } from './error.ts';
import { revive } from './error.ts';

const READS = ['read', 'text', 'list', 'stat'];
const CHANGES = ['write', 'append', 'remove', 'mkdir'];
const TEMPORARY = 'temporary';

type Methods = Readonly<Record<string, unknown>>;

/** Temporary folders of a call by number: the host keeps them, the sandbox names them. */
const folders = new WeakMap<object, Methods[]>();

/**
 * How files are used from inside of a sandbox: the host opens and verifies them. A method of a temporary folder goes by
 * the name `temporary.read`, with the number of the folder before its arguments.
 */
export function remoteOf<T extends object>(access: 'read' | 'write'): Remote<T> {
  const own = access === 'read' ? READS : [...READS, ...CHANGES];
  const inFolder = [...READS, ...CHANGES].map((method) => `${TEMPORARY}.${method}`);
  const methods = [...own, TEMPORARY, ...inFolder];
  return Object.freeze({
    methods,
    face(send: (method: string, args: readonly unknown[]) => Promise<unknown>): T {
      const call: typeof send = (method, args) =>
        send(method, args).catch((error: unknown) => {
          throw revive(error);
        });
      const forward = (names: readonly string[], prefix: string, before: readonly unknown[]) =>
        Object.fromEntries(
          names.map((name) => [name, (...args: unknown[]) => call(`${prefix}${name}`, [...before, ...args])]),
        );
      const temporary = async (): Promise<unknown> => {
        const opened = await call(TEMPORARY, []);
        const { folder, path } = opened as { readonly folder: number; readonly path: string };
        return Object.freeze({ path, ...forward([...READS, ...CHANGES], `${TEMPORARY}.`, [folder]) });
      };
      // What forwards has the methods of the capability, by construction of `methods`.
      return Object.freeze({ ...forward(own, '', []), temporary }) as unknown as T;
    },
    error: ({ reason }: { readonly reason: string | undefined }) => new FilesError((reason ?? 'failed') as FilesReason),
    async serve(granted: T, method: string, args: readonly unknown[]): Promise<unknown> {
      if (!methods.includes(method)) throw new TypeError(`files: there is no method "${method}".`);
      const target = granted as unknown as Methods;
      if (method === TEMPORARY) {
        const opened = (await invoke(target, method, [])) as Methods;
        const known = folders.get(granted) ?? [];
        folders.set(granted, known);
        known.push(opened);
        return { folder: known.length - 1, path: opened['path'] };
      }
      if (!method.startsWith(`${TEMPORARY}.`)) return invoke(target, method, args);
      const [folder, ...rest] = args;
      const opened = typeof folder === 'number' ? folders.get(granted)?.[folder] : undefined;
      if (opened === undefined) throw new TypeError('files: there is no such temporary folder.');
      return invoke(opened, method.slice(TEMPORARY.length + 1), rest);
    },
  });
}

function invoke(target: Methods, name: string, args: readonly unknown[]): unknown {
  const method = Object.hasOwn(target, name) ? target[name] : undefined;
  if (typeof method !== 'function') throw new TypeError(`files: there is no method "${name}".`);
  return Reflect.apply(method, undefined, [...args]);
}
