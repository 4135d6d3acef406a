import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { readManifestOptions } from '../../config/manifest.ts';
import { placesOf } from '../../config/places.ts';
import type { ConfigFile } from '../../config/read.ts';
import { takeInventory } from '../../gateway/inventory.ts';
import { readLock } from '../../gateway/lock.ts';
import { digestEntry, readManifest } from '../../manifest/manifest.ts';
import { lockOf } from '../gateway-open.ts';

/** What a deployment allows on one day, without anything secret: two of them can be compared. */
export interface ReviewState {
  /** Scopes of each client that is registered. */
  readonly identities: Readonly<Record<string, { readonly client: string; readonly scopes: readonly string[] }>>;
  /** Scope and digest of each tool, resource and prompt that is pinned or signed. */
  readonly items: Readonly<
    Record<string, { readonly scopes: readonly string[]; readonly digest: string; readonly approver: string }>
  >;
  readonly upstreams: Readonly<Record<string, string>>;
  readonly hosts: readonly string[];
  readonly issuers: readonly string[];
  /** Secrets by name, with whether anything of the configuration names them. */
  readonly secrets: Readonly<Record<string, { readonly isNamed: boolean }>>;
  /** What ends, with the day in ISO 8601. */
  readonly ends: readonly { readonly what: string; readonly at: string }[];
}

/** Reads it from a configuration, its lock and its manifest. */
export async function readState(source: ConfigFile): Promise<ReviewState> {
  const { config, file } = source;
  const { upstreams = {}, identities = {}, secrets = {}, hosts = {}, accepted = [] } = config;
  const inventory = takeInventory(await readLock(lockOf(file)), upstreams);
  const items: Record<string, ReviewState['items'][string]> = {};
  for (const { id, items: own } of inventory)
    for (const { name, digest, scope, approver } of own)
      items[`${id}/${name}`] = { scopes: scope === undefined ? [] : [scope], digest, approver: approver ?? 'nobody' };
  const manifest = await readManifestOptions(source);
  for (const entry of manifest === undefined ? [] : readManifest(manifest.envelope).entries) {
    const { name, grants, kind } = entry;
    const scopes = Array.isArray(grants['scopes']) ? grants['scopes'].map(String) : [];
    items[`${kind} ${name}`] = { scopes, digest: digestEntry(entry), approver: 'the manifest' };
  }
  const { secrets: _, ...rest } = config;
  const others = JSON.stringify(rest);
  return {
    identities: Object.fromEntries(
      Object.entries(identities).map(([name, { client, scopes }]) => [name, { client, scopes }]),
    ),
    items,
    upstreams: Object.fromEntries(inventory.map(({ id, source: from }) => [id, from ?? 'not pinned'])),
    hosts: Object.keys(hosts),
    issuers: (config.auth?.issuers ?? []).map(({ issuer }) => issuer),
    secrets: Object.fromEntries(
      Object.keys(secrets).map((name) => [name, { isNamed: others.includes(JSON.stringify(name)) }]),
    ),
    ends: [
      ...Object.entries(identities).map(([name, { until }]) => ({ what: `the client ${name}`, at: until })),
      ...accepted.map(({ where, rule, until }) => ({ what: `the exception for ${rule} of ${where}`, at: until })),
      ...Object.entries(upstreams).flatMap(([id, { about, waiver }]) => [
        ...(about === undefined ? [] : [{ what: `the review of the upstream ${id}`, at: about.review }]),
        ...(waiver === undefined ? [] : [{ what: `the waiver for the upstream ${id}`, at: waiver.until }]),
      ]),
      ...(await certificateOf(source)),
    ],
  };
}

async function certificateOf(source: ConfigFile): Promise<ReviewState['ends']> {
  const { tls } = placesOf(source);
  if (tls === undefined) return [];
  const { validToDate } = new X509Certificate(await readFile(tls.cert));
  return [{ what: 'the certificate of the server', at: validToDate.toISOString() }];
}
