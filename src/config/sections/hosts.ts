import * as z from 'zod';
import type { HostOptions } from '../../capabilities/capability.ts';
import type { Config } from '../config.ts';
import type { Path } from '../yaml.ts';

const text = (most: number): z.ZodString => z.string().min(1).max(most);

/** The section `hosts`: what belongs to the hosts that `http` may reach. */
export const hostsSection: z.ZodType<Readonly<Record<string, HostOptions>>> = z
  .record(
    z.string().regex(/^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?(?::[1-9]\d{0,4})?$/),
    z
      .strictObject({
        credential: z
          .strictObject({
            secret: text(64).describe('Name of the secret that is sent.'),
            header: text(128).exactOptional().describe('Header that carries it; authorization when left out.'),
            scheme: text(64).exactOptional().describe('Word before the value, such as Bearer.'),
          })
          .exactOptional()
          .describe('Sent with each request to this host, and to no other.'),
        standIn: text(2048)
          .exactOptional()
          .describe(
            'Base URL on loopback that answers in its place: http://127.0.0.1:4000. For the dev profile alone.',
          ),
        addresses: z
          .array(text(64))
          .min(1)
          .max(64)
          .exactOptional()
          .describe('Private ranges in which this host may be, such as 10.20.0.0/16; only public ones when left out.'),
      })
      .describe('A host: credential, addresses, and standIn while developing.'),
  )
  .describe('Hosts by the name that http([name, ...]) asks for, with the port when that is not 443.');

type Named = Pick<Config, 'profile' | 'hosts' | 'secrets'>;

/** Checks that the secrets of hosts are there, and that production has no stand-ins. */
export function checkHosts(
  { profile, hosts = {}, secrets = {} }: Named,
  add: (path: Path, message: string) => void,
): void {
  for (const [name, { credential, standIn }] of Object.entries(hosts)) {
    const path = ['hosts', name];
    if (standIn !== undefined && profile === 'production')
      add([...path, 'standIn'], `hosts.${name}.standIn: a stand-in is for the dev profile. Remove it.`);
    if (credential !== undefined && !Object.hasOwn(secrets, credential.secret))
      add(
        [...path, 'credential', 'secret'],
        `hosts.${name}.credential.secret: there is no secret "${credential.secret}". Declare it under secrets.`,
      );
  }
}
