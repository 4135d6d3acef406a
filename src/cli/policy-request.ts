import type { PolicyCase } from '../config/policy-cases.ts';
import { principalId } from '../identity/principal-id.ts';
import type { Catalog, Target } from '../pipeline/catalog.ts';
import type { Principal } from '../pipeline/principal.ts';
import type { PolicyRequest } from '../pipeline/settings.ts';
import { Mistake } from './mistake.ts';

const METHODS: Readonly<Record<Target['kind'], string>> = {
  tool: 'tools/call',
  resource: 'resources/read',
  prompt: 'prompts/get',
};

/**
 * The request of a case, with arguments as the server would have them.
 * @throws Mistake when there is no such primitive, or the arguments do not fit it.
 */
export async function requestOfCase(catalog: Catalog, one: PolicyCase): Promise<PolicyRequest> {
  const target = targetOf(catalog, one);
  const sent = one.arguments ?? {};
  const issues = target.checkInput(sent);
  if (issues !== undefined) throw unfit(one, issues[0]?.message);
  const refined = await target.refineInput(sent);
  if ('issues' in refined) throw unfit(one, refined.issues[0]?.message);
  return {
    principal: callerOf(one, target),
    method: METHODS[target.kind],
    target,
    args: refined.value,
    sent,
    transport: one.transport ?? 'http',
    era: 'modern',
    labels: new Set(one.labels),
    at: one.at === undefined ? Date.now() : Date.parse(one.at),
  };
}

function unfit({ name }: PolicyCase, message: string | undefined): Mistake {
  return new Mistake(`"${name}": the arguments do not fit: ${message ?? 'unknown'}.`);
}

function targetOf(catalog: Catalog, { name, tool, resource, prompt }: PolicyCase): Target {
  const resources = [...catalog.resources.values(), ...catalog.templates];
  const found =
    catalog.tools.get(tool ?? '') ??
    catalog.prompts.get(prompt ?? '') ??
    resources.find((entry) => resource !== undefined && entry.name === resource);
  if (found === undefined)
    throw new Mistake(`"${name}": there is no tool, resource or prompt named "${tool ?? resource ?? prompt ?? ''}".`);
  return found;
}

const ISSUER = 'https://issuer.example';

/** A caller with the scopes of the target, unless the case says which it has. */
function callerOf({ caller = {} }: PolicyCase, target: Target): Principal {
  const { subject = 'someone', client = 'a-client', tenant, scopes = target.scopes } = caller;
  return {
    id: principalId(ISSUER, tenant, subject),
    issuer: ISSUER,
    subject,
    client,
    ...(tenant === undefined ? {} : { tenant }),
    scopes: new Set(scopes),
    expiresAt: Number.MAX_SAFE_INTEGER,
    credential: 'case',
  };
}
