import type { ClientServer } from '../../gather/parts.ts';
import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import { readLaunch } from '../../launch-line.ts';

const RIGHTS: readonly (readonly [RegExp, string, 'critical' | 'high'])[] = [
  [/^--privileged(?:=true)?$/, 'with all rights of the machine (--privileged)', 'critical'],
  [/^(?:--(?:network|net|pid|ipc|userns|uts)=host)$/, 'in the namespaces of the machine', 'high'],
  [
    /docker\.sock|podman\.sock|containerd\.sock/,
    'with the socket of the container engine, which is the machine',
    'critical',
  ],
  [
    /^--cap-add=(?:all|sys_admin|sys_ptrace|sys_module|dac_read_search|net_admin)$/i,
    'with a right that leads out',
    'high',
  ],
  [/^--security-opt=(?:seccomp|apparmor)[=:]unconfined$/, 'without confinement', 'high'],
  [/^(?:-v|--volume)=(?:\/|\/etc|\/root|\/home|~|\$HOME)(?::|$)/, 'with a whole part of the disk', 'high'],
  [/^(?:-u|--user)=(?:0|root)(?::|$)/, 'as root', 'high'],
];

/** See `meta`. */
export const rule: FileRule<ClientServer> = fileRule(
  {
    id: 'container-launch-rights',
    title: 'Containers of servers are started without rights of the machine',
    failure: 'A container of a server is started with rights of the machine',
    severity: 'high',
    confidence: 'high',
    controls: ['DEP-01', 'ISO-05'],
    method: 'config',
    remedy: 'Leave out the option. Give the one folder, and the network, that it needs.',
    references: ['OWASP Docker Security Cheat Sheet', 'OWASP Secure MCP Server Development, section 6'],
  },
  ({ servers }) =>
    servers.filter(
      ({ command, args }) =>
        command !== undefined &&
        readLaunch(
          command.value,
          args.map(({ value }) => value),
        ).by === 'container',
    ),
  ({ file, name, command, args }) => {
    if (command === undefined) return [];
    const { engine = [] } = readLaunch(
      command.value,
      args.map(({ value }) => value),
    );
    return RIGHTS.flatMap(([form, says, severity]) => {
      // An option and its value are one word, or two.
      const at = engine.findIndex((word, index) => form.test(word) || form.test(`${word}=${engine[index + 1] ?? ''}`));
      const place = args.find(({ value }) => value === engine[at]) ?? command;
      return at === -1
        ? []
        : [
            {
              message: `"${name}" is started ${says}`,
              place: placeIn(file, place),
              evidence: engine[at] ?? '',
              severity,
            },
          ];
    });
  },
);
