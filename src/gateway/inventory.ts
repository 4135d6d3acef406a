import { randomUUID } from 'node:crypto';
import type { Effect } from '../pipeline/catalog.ts';
import { secretsOfCredential } from './credentials/options.ts';
import { itemsOf, type Lock, type NamedItem } from './lock.ts';
import { parsePackage, type UpstreamAbout, type UpstreamItemOptions, type UpstreamOptions } from './options.ts';
import { authorOf, stateOf, type ToolState } from './states.ts';

/** One tool, resource or prompt, as a deployment has it. */
export interface InventoryItem {
  readonly kind: 'tool' | 'resource' | 'template' | 'prompt';
  readonly name: string;
  readonly digest: string;
  readonly state: ToolState;
  /** Absent when the configuration does not list it, and it is not served. */
  readonly effect?: string;
  readonly scope?: string;
  readonly author?: string;
  readonly approver?: string;
  readonly approvedAt?: string;
  readonly findings: readonly string[];
}

/** One upstream with all that it may do (GOV-01). */
export interface InventoryUpstream {
  readonly id: string;
  /** What it is made of; absent while it is not pinned, as is the rest. */
  readonly source?: string;
  readonly integrity?: string;
  /** Version of the rules that it was scanned with. */
  readonly rules?: string;
  /** As it calls itself. */
  readonly says?: string;
  readonly about?: UpstreamAbout;
  /** Whether the day of its review has passed. */
  readonly overdue: boolean;
  readonly revoked: boolean;
  readonly needs: Readonly<Record<string, unknown>>;
  /** Kinds of what it is handed, with the names of the secrets; never a value. */
  readonly credentials: readonly { readonly kind: string; readonly secret?: string }[];
  readonly isolation: string;
  readonly items: readonly InventoryItem[];
}

/** Everything that a gateway has, sorted by name. */
export function takeInventory(
  lock: Lock,
  upstreams: Readonly<Record<string, UpstreamOptions>>,
  now: number = Date.now(),
): readonly InventoryUpstream[] {
  const ids = [...new Set([...Object.keys(upstreams), ...Object.keys(lock.upstreams)])].toSorted();
  return ids.map((id) => {
    const options = Object.hasOwn(upstreams, id) ? upstreams[id] : undefined;
    const pinned = Object.hasOwn(lock.upstreams, id) ? lock.upstreams[id] : undefined;
    const name = pinned?.server['name'];
    return {
      id,
      ...(pinned === undefined ? {} : { source: pinned.source, integrity: pinned.integrity }),
      ...(pinned?.rules === undefined ? {} : { rules: pinned.rules }),
      ...(typeof name === 'string' ? { says: name } : {}),
      ...(options?.about === undefined ? {} : { about: options.about }),
      overdue: isOverdue(options?.about, now),
      revoked: pinned?.revoked !== undefined,
      needs: { ...options?.needs },
      credentials: options === undefined ? [] : credentialsOf(options),
      isolation: options?.isolation ?? 'principal',
      items: itemsOf(pinned ?? {})
        .toSorted((a, b) => (a.name < b.name ? -1 : 1))
        .map((named) => itemOf(id, named, options ?? {})),
    };
  });
}

/** Whether the day of a review has passed. */
export function isOverdue(about: UpstreamAbout | undefined, now: number = Date.now()): boolean {
  // The day itself still counts; what is no day has passed.
  return about !== undefined && !(Date.parse(`${about.review}T23:59:59Z`) >= now);
}

function credentialsOf({ secrets = {}, credential }: UpstreamOptions): InventoryUpstream['credentials'] {
  const sent = credential === undefined ? [] : Object.values(secretsOfCredential(credential));
  return [
    ...Object.values(secrets).map((secret) => ({ kind: 'environment', secret })),
    ...(credential !== undefined && sent.length === 0 ? [{ kind: credential.kind }] : []),
    ...sent.map((secret) => ({ kind: credential?.kind ?? 'none', secret })),
  ];
}

const ONE = { tools: 'tool', resources: 'resource', resourceTemplates: 'template', prompts: 'prompt' } as const;

function itemOf(id: string, { kind, name, item }: NamedItem, upstream: UpstreamOptions): InventoryItem {
  const listed: Readonly<Record<string, UpstreamItemOptions & { readonly effect?: Effect }>> =
    (kind === 'tools' ? upstream.tools : kind === 'prompts' ? upstream.prompts : upstream.resources) ?? {};
  const options = Object.hasOwn(listed, name) ? listed[name] : undefined;
  const effect = options?.effect ?? 'read';
  const author = authorOf(item);
  const { approved } = item;
  return {
    kind: ONE[kind],
    name,
    digest: item.digest,
    state: stateOf(item),
    ...(options === undefined ? {} : { effect, scope: options.scope ?? `${id}:${effect}` }),
    ...(author === undefined ? {} : { author }),
    ...(approved === undefined ? {} : { approver: approved.by, approvedAt: approved.at }),
    findings: item.findings,
  };
}

type Property = { readonly name: string; readonly value: string };

/**
 * The inventory as CycloneDX 1.6 (ECMA-424): a component for each thing that is run, and a service for each upstream with its
 * tools. What has no field of its own stands in properties that begin with `portcullis:`.
 * @param version Of this product.
 */
export function asCycloneDx(inventory: readonly InventoryUpstream[], version: string, now: Date = new Date()): object {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${randomUUID()}`,
    version: 1,
    metadata: {
      timestamp: now.toISOString(),
      tools: { components: [{ type: 'application', name: 'portcullis', version }] },
      component: { type: 'application', 'bom-ref': 'gateway', name: 'gateway' },
    },
    components: inventory.flatMap((each) => (each.source === undefined ? [] : [componentOf(each, each.source)])),
    services: inventory.map(serviceOf),
    dependencies: inventory.map(({ id, source }) => ({
      ref: `upstream:${id}`,
      dependsOn: source === undefined ? [] : [`source:${id}`],
    })),
  };
}

function componentOf({ id, integrity = '' }: InventoryUpstream, source: string): object {
  const shared = { type: 'application', 'bom-ref': `source:${id}` };
  // It is over the whole tree of a package, so that it is no hash of the component itself.
  const properties = [{ name: 'portcullis:integrity', value: integrity }];
  if (source.startsWith('/') || source.includes('://')) return { ...shared, name: source, properties };
  const { name, version } = parsePackage(source);
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  return { ...shared, name, version, purl, properties };
}

function serviceOf({
  id,
  says,
  rules,
  about,
  overdue,
  revoked,
  needs,
  credentials,
  isolation,
  items,
}: InventoryUpstream): object {
  const properties: Property[] = [
    { name: 'portcullis:revoked', value: String(revoked) },
    { name: 'portcullis:overdue', value: String(overdue) },
    ...Object.entries(about ?? {}).map(([key, value]) => ({ name: `portcullis:${key}`, value: String(value) })),
    { name: 'portcullis:needs', value: JSON.stringify(needs) },
    { name: 'portcullis:isolation', value: isolation },
    ...(rules === undefined ? [] : [{ name: 'portcullis:rules', value: rules }]),
    ...credentials.map(({ kind, secret = '' }) => ({ name: `portcullis:credential:${kind}`, value: secret })),
  ];
  return {
    'bom-ref': `upstream:${id}`,
    name: id,
    ...(says === undefined ? {} : { description: says }),
    properties,
    services: items.map((item) => ({
      'bom-ref': `upstream:${id}/${item.kind}:${item.name}`,
      name: item.name,
      properties: Object.entries(item).flatMap(([key, value]: [string, unknown]): Property[] =>
        key === 'name'
          ? []
          : [{ name: `portcullis:${key}`, value: Array.isArray(value) ? JSON.stringify(value) : String(value) }],
      ),
    })),
  };
}
