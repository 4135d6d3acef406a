import { atText, heldOf, namedIn } from './clients.ts';
import { isTrue, itemsOf, member, membersOf, textOf, type Located } from './located.ts';
import type { At, Workload } from './parts.ts';

/** The services of a Compose file; `undefined` when the document is none. */
export function readCompose(file: string, root: Located): readonly Workload[] | undefined {
  const services = member(root, 'services');
  if (services?.members === undefined || member(root, 'apiVersion') !== undefined) return undefined;
  const found = membersOf(services).filter(([, each]) => each.members !== undefined);
  const isCompose = found.some(([, each]) =>
    ['image', 'build', 'extends'].some((key) => member(each, key) !== undefined),
  );
  return isCompose ? found.map(([name, each]) => readService(file, name, each)) : undefined;
}

function readService(file: string, name: string, service: Located): Workload {
  const options = itemsOf(member(service, 'security_opt')).flatMap((each) => atText(each) ?? []);
  const gains = options.find(({ value }) => /^no-new-privileges(?:[:=]true)?$/.test(value));
  const seccomp = options.find(({ value }) => value.startsWith('seccomp'));
  // With `build` it is the name of what is built here, and nothing is fetched by it.
  const image = member(service, 'build') === undefined ? atText(member(service, 'image')) : undefined;
  const user = atText(member(service, 'user'));
  const limits = member(service, 'deploy', 'resources', 'limits');
  const has = (key: string, other: string): boolean =>
    member(service, key) !== undefined || member(limits, other) !== undefined;
  return {
    file,
    line: service.line,
    column: service.column,
    from: 'compose',
    name,
    ...(image === undefined ? {} : { image }),
    ...(user === undefined ? {} : { user }),
    ...(gains === undefined ? {} : { mayGain: { ...gains, value: false } }),
    ...flag('privileged', member(service, 'privileged')),
    ...flag('readOnly', member(service, 'read_only')),
    dropsAll: itemsOf(member(service, 'cap_drop')).some((each) => /^all$/i.test(textOf(each) ?? '')),
    adds: itemsOf(member(service, 'cap_add')).flatMap((each) => atText(each) ?? []),
    ...(seccomp === undefined ? {} : { seccomp: { ...seccomp, value: seccomp.value.replace(/^seccomp[:=]/, '') } }),
    shares: ['network_mode', 'pid', 'ipc', 'userns_mode'].flatMap((key) => {
      const value = member(service, key);
      if (value === undefined || textOf(value) !== 'host') return [];
      return [{ value: key.replace('_mode', ''), line: value.line, column: value.column }];
    }),
    mounts: itemsOf(member(service, 'volumes')).flatMap(mountOf),
    env: environmentOf(member(service, 'environment')),
    limits: {
      memory: has('mem_limit', 'memory'),
      cpu: has('cpus', 'cpus'),
      pids: has('pids_limit', 'pids'),
    },
    ports: itemsOf(member(service, 'ports')).flatMap(portOf),
  };
}

/** A member that is written, as true or false. */
export function flag<K extends string>(key: K, value: Located | undefined): { readonly [P in K]?: At<boolean> } {
  if (value === undefined) return {};
  const at: At<boolean> = { value: isTrue(value), line: value.line, column: value.column };
  return { [key]: at } as { readonly [P in K]: At<boolean> };
}

/** Only what is of the machine: a path, and no named volume. */
function mountOf(volume: Located): readonly At<string>[] {
  const short = textOf(volume);
  const source = short === undefined ? textOf(member(volume, 'source')) : short.split(':')[0];
  const isPath = source !== undefined && /^(?:[./~]|\$\{?(?:PWD|HOME)\b)/.test(source);
  if (!isPath || (short !== undefined && !short.includes(':'))) return [];
  if (short === undefined && textOf(member(volume, 'type')) !== 'bind') return [];
  return [{ value: source, line: volume.line, column: volume.column }];
}

function environmentOf(value: Located | undefined): Workload['env'] {
  if (value?.items === undefined) return namedIn(value);
  return value.items.flatMap((each) => {
    const text = textOf(each) ?? '';
    const cut = text.indexOf('=');
    return cut <= 0
      ? []
      : [heldOf(text.slice(0, cut), { value: text.slice(cut + 1), line: each.line, column: each.column })];
  });
}

function portOf(port: Located): readonly At<string>[] {
  const { line, column } = port;
  const short = textOf(port);
  if (short !== undefined) return [{ value: short, line, column }];
  const published = textOf(member(port, 'published'));
  if (published === undefined) return [];
  const host = textOf(member(port, 'host_ip'));
  return [
    {
      value: `${host === undefined ? '' : `${host}:`}${published}:${textOf(member(port, 'target')) ?? ''}`,
      line,
      column,
    },
  ];
}
