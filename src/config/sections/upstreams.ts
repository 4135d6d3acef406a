import * as z from 'zod';
import { isOfPrincipal } from '../../gateway/credentials/options.ts';
import { readHosts } from '../../gateway/egress/hosts.ts';
import { insistOnProfile, readPlace } from '../../gateway/http/place.ts';
import type { UpstreamOptions } from '../../gateway/options.ts';
import { VET_CHECKS } from '../../gateway/vet.ts';
import { secretsOfUpstream } from '../../gateway/ready.ts';
import type { Config } from '../config.ts';
import type { Path } from '../yaml.ts';
import { upstreamCredential } from './upstream-credential.ts';

const line = (most: number): z.ZodString => z.string().min(1).max(most);
const absolute = (says: string): z.ZodString => line(1024).regex(/^\//, 'Give an absolute path.').describe(says);
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const ID = /^[a-z][a-z0-9-]{0,23}$/;

const item = z
  .strictObject({
    scope: line(128).exactOptional().describe('The scope that a call needs; <upstream>:<effect> when left out.'),
    gives: z
      .array(z.enum(['untrusted', 'private']))
      .max(2)
      .exactOptional()
      .describe('What its results are, beside untrusted.'),
    sends: z
      .array(z.enum(['outside', 'persistent']))
      .max(2)
      .exactOptional()
      .describe('Where its arguments go.'),
    timeout: line(16).exactOptional().describe('Deadline of a call: 30s when left out.'),
    perMinute: z.int().min(1).max(100_000).exactOptional().describe('Calls a minute of one principal.'),
    asks: z
      .array(z.enum(['elicitation', 'sampling', 'roots']))
      .max(3)
      .exactOptional()
      .describe('What it may ask the client for in the middle of a call; nothing when left out.'),
    mark: z
      .boolean()
      .exactOptional()
      .describe('Whether its texts stand between fences; as the upstream says when left out.'),
  })
  .describe('One prompt that is served.');

const cached = item
  .extend({
    cache: line(16)
      .exactOptional()
      .describe('How long its contents are kept for the same caller at most, such as 5m; not at all when left out.'),
  })
  .describe('One resource that is served.');

const tool = z
  .strictObject({
    effect: z
      .enum(['read', 'write', 'destructive', 'critical'])
      .describe('What a call does to the world; what the server says of itself does not count.'),
    ...item.shape,
  })
  .describe('One tool that is served.');

const needs = z
  .strictObject({
    reads: z.array(absolute('An absolute path.')).max(64).exactOptional().describe('Paths that it reads.'),
    writes: z.array(absolute('An absolute path.')).max(64).exactOptional().describe('Paths that it reads and writes.'),
    hosts: z
      .array(line(300))
      .min(1)
      .max(64)
      .exactOptional()
      .describe(
        'Hosts that it reaches over TLS, such as api.example.com or *.example.com:8443; http:// before one for plain HTTP.',
      ),
    network: z
      .literal('unguarded')
      .exactOptional()
      .describe('The network of this machine as a whole, past every check. Rather name hosts.'),
    memoryBytes: z
      .int()
      .min(16_777_216)
      .max(17_179_869_184)
      .exactOptional()
      .describe('Bytes of memory of each of its processes; 536870912 when left out.'),
    processes: z.int().min(1).max(4096).exactOptional().describe('Processes and threads at a time; 64 when left out.'),
  })
  .superRefine(({ hosts = [], network }, context) => {
    if (hosts.length > 0 && network !== undefined)
      context.addIssue({
        code: 'custom',
        path: ['network'],
        message: 'Give hosts or network: hosts bound nothing beside it.',
      });
    for (const [index, host] of hosts.entries()) {
      try {
        readHosts('hosts', [host], 'dev');
      } catch (error) {
        const message = error instanceof Error ? error.message : 'This is no host.';
        context.addIssue({ code: 'custom', path: ['hosts', index], message });
      }
    }
  })
  .describe('What it may touch. Whatever is not here it cannot.');

/** SHA-256 in base64. */
const PIN = /^[A-Za-z0-9+/]{43}=$/;

const tls = z
  .strictObject({
    ca: absolute('PEM file of the authorities that are trusted; those of the system when left out.').exactOptional(),
    certificate: line(64).exactOptional().describe('Secret that holds the certificate of the gateway, in PEM.'),
    key: line(64).exactOptional().describe('Secret that holds the key of that certificate, in PEM.'),
    pins: z
      .array(z.string().regex(PIN).describe('A key, as the SHA-256 of its SPKI in base64: 44 characters.'))
      .min(1)
      .max(16)
      .exactOptional()
      .describe('Keys that the server may show, as the SHA-256 of its SPKI in base64.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    message: 'Give both a certificate and its key, or neither.',
  })
  .describe('TLS with the server of a URL.');

/** What only a process has, and what only a URL has. */
const OF_PROCESSES = ['bin', 'args', 'env', 'secrets', 'needs'] as const;
const OF_URLS = ['addresses', 'tls', 'credential'] as const;
const about = z
  .strictObject({
    owner: line(256).describe('Who answers for it.'),
    purpose: line(500).describe('What it is there for.'),
    data: line(128).exactOptional().describe('What kind of data goes through it.'),
    review: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, 'Give a day, such as 2027-06-30.')
      .describe('Day by which somebody looks at it again.'),
  })
  .describe('What is written down of it. Production serves no upstream without.');

const waiver = z
  .strictObject({
    checks: z.array(z.enum(VET_CHECKS)).min(1).max(VET_CHECKS.length).describe('What is let pass.'),
    reason: line(500).describe('Why.'),
    owner: line(256).describe('Who answers for it.'),
    until: z
      .string()
      .regex(/^\d{4}-\d{2}-\d{2}$/, 'Give a day, such as 2027-06-30.')
      .describe('Last day on which it is let pass.'),
  })
  .describe('What a look at its package found, or could not find out, and is let pass: portcullis gateway vet.');

const upstream = z
  .strictObject({
    package: line(256).exactOptional().describe('A package of npm at an exact version: some-server@1.2.3.'),
    command: absolute('An absolute program instead of a package.').exactOptional(),
    url: line(2048)
      .exactOptional()
      .describe(
        'A URL over Streamable HTTP instead of either: https://mcp.example.com/mcp. In dev also http on loopback.',
      ),
    addresses: z
      .array(line(64))
      .min(1)
      .max(64)
      .exactOptional()
      .describe(
        'Private ranges in which the host of the URL may be, such as 10.20.0.0/16; only public ones when left out.',
      ),
    tls: tls.exactOptional(),
    credential: upstreamCredential.exactOptional(),
    era: z
      .enum(['auto', 'modern', 'legacy'])
      .exactOptional()
      .describe('The era of MCP that it is spoken to in; auto, which pin finds out and the lock keeps, when left out.'),
    bin: line(128).exactOptional().describe('Which program of the package is run, where it has several.'),
    args: z.array(z.string().max(4096)).max(64).exactOptional().describe('Arguments of the program.'),
    env: z
      .record(z.string().regex(VARIABLE), z.string().max(8192))
      .exactOptional()
      .describe('Its whole environment, but for its secrets. No credential belongs here.'),
    secrets: z
      .record(z.string().regex(VARIABLE), line(64))
      .exactOptional()
      .describe('Variables of its environment that hold a secret, by the name of that secret.'),
    needs: needs.exactOptional(),
    isolation: z
      .enum(['principal', 'shared'])
      .exactOptional()
      .describe('principal starts or connects it for each caller, which is the default; shared once for all of them.'),
    prefix: z
      .string()
      .regex(/^(?:[a-z][a-z0-9-]{0,23})?$/)
      .exactOptional()
      .describe('What stands before the names of its tools and prompts: its id when left out, nothing when empty.'),
    about: about.exactOptional(),
    waiver: waiver.exactOptional(),
    mark: z
      .boolean()
      .exactOptional()
      .describe(
        'Whether each text it gives stands between fences with a number of its own, for models; not when left out.',
      ),
    tools: z
      .record(line(128), tool)
      .exactOptional()
      .describe('The tools that are served, by their own names. Any other is not.'),
    resources: z
      .record(line(2048), cached)
      .exactOptional()
      .describe('The resources that are served, by URI, and families of them by URI template. Any other is not.'),
    prompts: z
      .record(line(128), item)
      .exactOptional()
      .describe('The prompts that are served, by their own names. Any other is not.'),
  })
  .superRefine((value, ctx) => {
    const refuse = (message: string): void => ctx.addIssue({ code: 'custom', message });
    const ways = [value.package, value.command, value.url].filter((way) => way !== undefined);
    if (ways.length !== 1) refuse('Give a package, a command or a url, and one of them alone.');
    const isUrl = value.url !== undefined;
    if (value.isolation === 'shared' && value.credential !== undefined && isOfPrincipal(value.credential))
      refuse(`credential.kind ${value.credential.kind} says who the caller is: leave out "isolation: shared".`);
    const misplaced = (isUrl ? OF_PROCESSES : OF_URLS).find((name) => value[name] !== undefined);
    if (value.waiver !== undefined && value.package === undefined)
      refuse('"waiver" is about a package, and this is none. Leave it out.');
    if (misplaced !== undefined)
      refuse(
        `"${misplaced}" is for ${isUrl ? 'what is started as a process, and this is a URL' : 'a URL, and this is started as a process'}. Leave it out.`,
      );
  })
  .describe('A server that somebody else wrote: started as a process, or behind a URL.');

/** The section `upstreams`, by the id that stands before the names of their tools. */
export const upstreamsSection: z.ZodType<Readonly<Record<string, UpstreamOptions>>> = z
  .record(z.string().regex(ID), upstream)
  .describe('Servers behind the gateway, by an id of lower-case letters, digits and -.');

type Named = Pick<Config, 'profile' | 'upstreams' | 'secrets'>;

/** Checks that URLs are such as the profile takes, and that the secrets of upstreams are there. */
export function checkUpstreams(
  { profile, upstreams = {}, secrets = {} }: Named,
  add: (path: Path, message: string) => void,
): void {
  for (const [id, options] of Object.entries(upstreams)) {
    const path = ['upstreams', id];
    const absent = secretsOfUpstream(options).find((name) => !Object.hasOwn(secrets, name));
    if (absent !== undefined) add(path, `upstreams.${id}: there is no secret "${absent}". Declare it under secrets.`);
    if (options.url === undefined) continue;
    try {
      insistOnProfile(id, readPlace(id, options), profile);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      add([...path, 'url'], error.message);
    }
  }
}
