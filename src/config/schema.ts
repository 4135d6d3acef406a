import * as z from 'zod';
import type { Limits } from '../pipeline/limits.ts';
import type { Config } from './config.ts';
import { environmentSection, fingerprintsSection, secretProvidersSection, secretsSection } from './sections/secrets.ts';
import { flowsSection } from './sections/flows.ts';
import { approvalsSection } from './sections/approvals.ts';
import { permissionsSection } from './sections/permissions.ts';
import { policySection } from './sections/policy.ts';
import { programsSection } from './sections/programs.ts';
import { detectionSection } from './sections/detection.ts';
import { identitiesSection } from './sections/identities.ts';
import { leaksSection } from './sections/leaks.ts';
import { mediaSection } from './sections/media.ts';
import { hostsSection } from './sections/hosts.ts';
import { rootsSection } from './sections/roots.ts';
import { sandboxSection } from './sections/sandbox.ts';
import { sourceSection } from './sections/sources.ts';
import { acceptedSection, manifestSection } from './sections/manifest.ts';
import { registrySection } from './sections/registry.ts';
import { upstreamsSection } from './sections/upstreams.ts';

const text = (most: number): z.ZodString => z.string().min(1).max(most);
const path = (what: string): z.ZodString =>
  text(1024).describe(`${what} A relative path is taken from the folder of this file.`);
const whole = (most: number): z.ZodNumber => z.int().min(1).max(most);

/** What each limit bounds, in words for the schema; a limit without a line here does not compile. */
const LIMITS: Readonly<Record<keyof Limits, string>> = {
  bodyBytes: 'Bytes of one request body or stdio line.',
  depth: 'Nested containers in a message.',
  stringUnits: 'UTF-16 units in one string of a message.',
  items: 'Items of one list in a message.',
  keys: 'Keys of one object in a message.',
  headerBytes: 'Bytes of all request headers together.',
  headerCount: 'Request headers.',
  headersMs: 'Milliseconds for the headers of a request to arrive.',
  requestMs: 'Milliseconds for a whole request to arrive.',
  keepAliveMs: 'Milliseconds that an idle connection is kept.',
  resultBytes: 'Bytes of one answer.',
  handlerMs: 'Milliseconds that a handler has unless it declares its own.',
  handlerMaxMs: 'Milliseconds that a handler can have at most.',
  streamMs: 'Milliseconds that a response stream or subscription can last.',
  streamIdleMs: 'Milliseconds between the beats of an idle stream.',
  concurrentTotal: 'Requests in progress.',
  concurrentPerPrincipal: 'Calls in progress of one principal.',
  streamsPerPrincipal: 'Open streams of one principal.',
  watchedUris: 'Resources that one stream watches.',
  sessionsPerPrincipal: 'Sessions of one principal (legacy era).',
  sessionIdleMs: 'Milliseconds after which an idle session ends.',
  sessionMs: 'Milliseconds after which any session ends.',
  pageSize: 'Entries of one page of a list.',
  perMinuteServer: 'Calls a minute of everyone together, sustained.',
  burstServer: 'Calls at once of everyone together.',
  perMinutePrincipal: 'Calls a minute of one principal, sustained.',
  burstPrincipal: 'Calls at once of one principal.',
  notificationsPerCall: 'Notifications (progress, log) of one call.',
  quotaWindowMs: 'Milliseconds of the window over which the use of the machine is counted.',
  cpuMsPerPrincipal: 'Milliseconds of processor time of one principal in a window.',
  diskBytesPerPrincipal: 'Bytes that one principal writes in a window.',
  processesPerPrincipal: 'Processes that the calls of one principal start in a window.',
  logBytesPerPrincipal: 'Bytes of log lines of one principal in a window.',
  concurrentPerTool:
    'Calls of one tool in progress of one principal, where the tool uses something and says nothing else.',
  breakerFailures: 'Failures of one caller, within a window, that pause a tool for it.',
  breakerWindowMs: 'Milliseconds of that window.',
  breakerOpenMs: 'Milliseconds that the tool is paused at first.',
  rounds: 'Rounds of one request that asks the person.',
  requestStateMs: 'Milliseconds for which the state of such a request is good.',
  approvalMs: 'Milliseconds in which a request for approval can be answered, and an approval used.',
  approvalWaitMs: 'Milliseconds that one request waits for a decision on the approval page.',
  approvalPrompts: 'Requests for approval an hour of one principal, tool and task.',
  approvalDeclines: 'Declined requests after which a principal, client and tool are not asked any more for a while.',
  approvalCooldownMs: 'Milliseconds of that while.',
};

const limitsShape = Object.fromEntries(
  Object.entries(LIMITS).map(([name, says]) => [name, whole(2_147_483_647).exactOptional().describe(says)]),
);

const issuer = z
  .strictObject({
    issuer: text(2048).describe(
      'Issuer identifier, compared exactly with the iss of a token: https, or http on loopback.',
    ),
    jwksUri: text(2048).exactOptional().describe('Where its keys are; found by discovery when left out.'),
    algorithms: z
      .array(text(16))
      .min(1)
      .max(16)
      .exactOptional()
      .describe('Accepted signature algorithms; asymmetric ones only.'),
    maxTokenAgeSeconds: whole(3600)
      .exactOptional()
      .describe('Longest accepted life of a token, in seconds; 900 when left out.'),
    tenantClaim: text(256).exactOptional().describe('Claim that names the tenant; a token without it is refused.'),
    clientClaim: text(256)
      .exactOptional()
      .describe('Claim that names the OAuth client; client_id, then azp, when left out.'),
    scopeClaim: text(256).exactOptional().describe('Claim that holds the scopes; scope when left out.'),
    types: z
      .array(text(64))
      .min(1)
      .max(8)
      .exactOptional()
      .describe('Accepted typ headers; at+jwt when left out. "absent" stands for a token without one.'),
  })
  .describe('An authorization server whose tokens are accepted.');

const tls = z
  .strictObject({ cert: path('PEM file of the certificate chain.'), key: path('PEM file of the private key.') })
  .describe('Certificate and key of this server.');

const http = z
  .strictObject({
    host: text(255).exactOptional().describe('Address to bind; 127.0.0.1 when left out.'),
    port: z.int().min(0).max(65_535).exactOptional().describe('Port to bind, from 0 to 65535; 0 takes a free one.'),
    socket: path('Unix socket to listen on instead of a port.').exactOptional(),
    path: text(255).exactOptional().describe('Path of the endpoint; /mcp when left out.'),
    publicUrl: text(2048)
      .exactOptional()
      .describe('URL by which clients know the endpoint, and the only audience of their tokens.'),
    allowedHosts: z
      .array(text(255))
      .max(64)
      .exactOptional()
      .describe('Further host[:port] names that requests may carry. Reloaded without a restart.'),
    allowedOrigins: z
      .array(text(255))
      .max(64)
      .exactOptional()
      .describe('Exact origins of browser pages that may call; none when left out. Reloaded without a restart.'),
    tls: tls.exactOptional(),
    terminatedBy: z
      .literal('proxy')
      .exactOptional()
      .describe('Says that a proxy in front speaks TLS: the one value is proxy.'),
    trustedProxies: z.array(text(64)).max(64).exactOptional().describe('Addresses from which that proxy connects.'),
  })
  .describe('How the server listens.');

const store = z
  .strictObject({
    kind: z.enum(['sqlite', 'memory']).describe('sqlite keeps state in a file; memory ends with the process.'),
    file: path('The SQLite file, made with mode 0600.').exactOptional(),
  })
  .describe('Where rate limits, handles and revocations live: {kind: sqlite, file: ...} or {kind: memory}.');

const audit = z
  .strictObject({
    directory: path('Folder of the audit log, made with mode 0700.').exactOptional(),
    origin: text(255)
      .regex(/^[^\s+]+$/)
      .exactOptional()
      .describe('Name of the log to those who verify it, such as notes.example.com/audit: no spaces, no plus sign.'),
    key: path('PEM file of the Ed25519 key that signs checkpoints.').exactOptional(),
  })
  .describe('The audit log.');

const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

/** The whole of `portcullis.yaml`. Unknown keys are refused at every level. */
export const ConfigSchema: z.ZodType<Config> = z
  .strictObject({
    profile: z
      .enum(['dev', 'production'])
      .describe('dev is for your own machine; production refuses to start with anything weak.'),
    http: http.exactOptional(),
    auth: z
      .strictObject({
        issuers: z.array(issuer).min(1).max(16).describe('The authorization servers whose tokens are accepted.'),
        clockSkewSeconds: z
          .int()
          .min(0)
          .max(60)
          .exactOptional()
          .describe('Tolerated difference of clocks; 5 when left out.'),
      })
      .exactOptional()
      .describe('Who may come in.'),
    eras: z
      .array(z.enum(['modern', 'legacy']))
      .min(1)
      .max(2)
      .exactOptional()
      .describe(
        'Protocol eras that are served: modern (2026-07-28), legacy (2025-11-25 and before); both when left out.',
      ),
    limits: z.strictObject(limitsShape).exactOptional().describe('Bounds on messages, work and answers.'),
    data: path(
      'Folder for whatever has no place of its own; .portcullis in the working directory when left out.',
    ).exactOptional(),
    store: store.exactOptional(),
    audit: audit.exactOptional(),
    keys: z
      .strictObject({ file: path('File of root keys, mode 0600, newest first.') })
      .exactOptional()
      .describe('Root keys of sealed state, cursors and log digests.'),
    flows: flowsSection.exactOptional(),
    policy: policySection.exactOptional(),
    approvals: approvalsSection.exactOptional(),
    manifest: manifestSection.exactOptional(),
    registry: registrySection.exactOptional(),
    accepted: acceptedSection.exactOptional(),
    programs: programsSection.exactOptional(),
    roots: rootsSection.exactOptional(),
    hosts: hostsSection.exactOptional(),
    sandbox: sandboxSection.exactOptional(),
    media: mediaSection.exactOptional(),
    leaks: leaksSection.exactOptional(),
    detection: detectionSection.exactOptional(),
    identities: identitiesSection.exactOptional(),
    permissions: permissionsSection.exactOptional(),
    secrets: secretsSection.exactOptional(),
    secretProviders: secretProvidersSection.exactOptional(),
    environment: environmentSection.exactOptional(),
    fingerprints: fingerprintsSection.exactOptional(),
    upstreams: upstreamsSection.exactOptional(),
    sources: z
      .record(z.string().regex(NAME), sourceSection)
      .exactOptional()
      .describe('Databases by the name that sql(name, ...) asks for: lower-case letters, digits, - and _.'),
  })
  .describe('How a Portcullis server is run.');
