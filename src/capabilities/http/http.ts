import { configure } from '../../controls/outbound-guard/control.ts';
import type { Capability, CapabilityHandle, CapabilityRuntime, Remote, SystemNeeds } from '../capability.ts';
import { createFace, createSend, type HttpClient } from './client.ts';
import { SYSTEM_NETWORK, type Network } from './connect.ts';
import { openCredentials } from './credentials.ts';
import { HttpError, type HttpReason } from './error.ts';
import { readSpec, type HttpSpec, type OutboundOptions } from './options.ts';
import { openTransport, hostOptions } from './transport.ts';

/**
 * Declares outbound requests to exact hosts over https: `http(['api.example.com', 'files.example.com:8443'])`.
 * Credentials and stand-ins belong to the deployment, under `hosts`.
 * @throws TypeError on a wildcard, an address, a URL, or an option out of its bounds.
 */
export function http(hosts: readonly string[], options: OutboundOptions = {}): Capability<HttpClient> {
  const spec = readSpec(hosts, options);
  const keys = Object.freeze(spec.hosts.map(({ key }) => key));
  return Object.freeze({
    kind: 'http',
    declares: Object.freeze({ hosts: keys, methods: Object.freeze([...spec.methods]) }),
    system: (): SystemNeeds => ({ reads: [], writes: [], programs: [], hosts: keys }),
    remote: Object.freeze<Remote<HttpClient>>({
      methods: Object.freeze(['request']),
      face: (call: (method: string, args: readonly unknown[]) => Promise<unknown>): HttpClient =>
        createFace(async (request) => (await call('request', [request])) as Awaited<ReturnType<typeof rawOf>>),
      serve: (granted: HttpClient, _method: string, [request]: readonly unknown[]) => rawOf(granted, request),
      error: ({ reason }) => new HttpError((reason ?? 'closed') as HttpReason),
    }),
    open: (runtime: CapabilityRuntime) => openHttp(spec, runtime, SYSTEM_NETWORK),
  });
}

/** What crosses into a sandbox: an answer without its methods. */
async function rawOf(granted: HttpClient, request: unknown) {
  const { status, headers, url, ...methods } = await granted.request(request as Parameters<HttpClient['request']>[0]);
  return { status, headers: { ...headers }, url, body: methods.bytes() };
}

/**
 * Opens a declared use of `http` over a network.
 * @throws TypeError when the deployment says of its hosts what cannot be.
 */
export function openHttp(spec: HttpSpec, runtime: CapabilityRuntime, network: Network): CapabilityHandle<HttpClient> {
  const options = hostOptions(spec, runtime);
  const guard = configure(runtime.weakened);
  const sender = {
    spec,
    transport: openTransport(spec, options, runtime.profile, (rangesOf) =>
      guard.connector({ network, timeoutMs: spec.connectMs, rangesOf }),
    ),
    credentials: openCredentials(options, runtime.secrets),
    guard,
    log: (line: string) => runtime.log(line),
  };
  return {
    grant: (context) => createFace(createSend(sender, context)),
    close: () => sender.transport.close(),
  };
}
