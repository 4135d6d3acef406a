import { createHash } from 'node:crypto';
import type { ApprovalDemand } from '../pipeline/context.ts';
import { PASS, deny, type Decision } from '../pipeline/decision.ts';
import type { PolicyRequest, PolicyRules, RulesVerdict } from '../pipeline/settings.ts';
import { canonicalJson } from '../protocol/canonical.ts';
import type { Cedar } from './cedar.ts';
import { createCache } from './cache.ts';
import { evaluate, type Evaluated } from './evaluate.ts';
import type { PolicyFile } from './files.ts';
import type { PolicyOptions } from './options.ts';
import { messageOf, parsePolicies, startOf, type PolicyUnit } from './parse.ts';
import { PolicyError, placeOf } from './problem.ts';
import { buildRequest } from './request.ts';
import { actionIdOf, mentionsOf, type PolicySchema } from './schema.ts';
import { createSlices, type Slice } from './slices.ts';
import type { Mentions } from './shape.ts';

/** Policies that were parsed, checked against a schema and handed to the engine. */
export interface CompiledPolicies {
  readonly units: readonly PolicyUnit[];
  /** SHA-256 of policies, schema and default, base64url. */
  readonly version: string;
  readonly rules: PolicyRules;
  /** Which policies decided on one request, and how. */
  explain(request: PolicyRequest): Explanation;
}

/** Why one request is decided as it is. */
export interface Explanation {
  readonly verdict: RulesVerdict;
  /** Policies whose scope fits the request. */
  readonly considered: readonly PolicyUnit[];
  /** Those that decided. */
  readonly decided: readonly PolicyUnit[];
  readonly errors: readonly string[];
}

const TIMELY: readonly string[] = ['now', 'hour', 'weekday'];
let instances = 0;

/** Two names under which the engine keeps parsed sets: one in force, one for the next, so that a reload leaves nothing. */
export function createNames(): readonly [string, string] {
  instances += 1;
  return [`portcullis ${instances}.a`, `portcullis ${instances}.b`];
}

/**
 * Compiles policies: they are in force whole, or not at all.
 * @throws PolicyError with file, line and column of each fault.
 */
export function compilePolicies(
  cedar: Cedar,
  files: readonly PolicyFile[],
  schema: PolicySchema,
  fallback: PolicyOptions['default'],
  name: string,
): CompiledPolicies {
  const units = parsePolicies(cedar, files);
  check(cedar, files, units, schema);
  const parsed = cedar.preparseSchema(name, schema.json);
  if (parsed.type === 'failure') throw new TypeError(`policy: ${parsed.errors.map(messageOf).join(' ')}`);
  const slices = createSlices(cedar, units, schema, fallback, name);
  const mentions = new Set(units.flatMap(({ json }) => [...mentionsOf(json)]));
  const isTimely = (slice: Slice): boolean =>
    slice.units.some(({ json }) => TIMELY.some((attribute) => mentionsOf(json).has(attribute)));
  const timely = new Set([...slices.values()].filter(isTimely));
  const cache = createCache();
  const version = createHash('sha256')
    .update(canonicalJson([files, schema.json, fallback]))
    .digest('base64url');

  const decide = (request: PolicyRequest): RulesVerdict => {
    const { target } = request;
    // What is aimed at nothing (a list, a ping) is filtered by scopes, and shows nothing that a use would not check.
    if (target === undefined) return NO_OBJECTION;
    const slice = slices.get(sliceOf(request));
    if (slice === undefined) return refusal('the policies do not know this primitive');
    if (slice.units.length === 0) return fallback === 'scopes' ? NO_OBJECTION : refusal('no policy permits it');
    return askSlice(request, slice);
  };
  const askSlice = (request: PolicyRequest, slice: Slice): RulesVerdict => {
    const built = buildRequest(request, slice.action, mentions);
    if (typeof built === 'string') return refusal(built);
    if (timely.has(slice)) return verdictOf(evaluate(cedar, slice, built, name), request, slice);
    return cache(request, slice.action.id, built.context, () =>
      verdictOf(evaluate(cedar, slice, built, name), request, slice),
    );
  };
  return {
    units,
    version,
    rules: { decide, version: () => version },
    explain: (request) => explain(cedar, request, slices, mentions, name, decide),
  };
}

const NO_OBJECTION: RulesVerdict = Object.freeze({ decision: PASS, demands: Object.freeze([]) });

function refusal(detail: string, hint?: string): RulesVerdict {
  return {
    decision: deny('FORBIDDEN', { detail: `policy: ${detail}`, ...(hint === undefined ? {} : { hint }) }),
    demands: [],
  };
}

function sliceOf({ method, target }: PolicyRequest): string {
  return target === undefined ? '' : actionIdOf(method, target);
}

/** INVARIANT: an error denies. The engine leaves out a policy that fails, and a `forbid` left out would allow. */
function verdictOf({ allowed, lifted, denied, errors }: Evaluated, request: PolicyRequest, slice: Slice): RulesVerdict {
  if (errors.length > 0) return refusal(`a policy could not be evaluated: ${errors.join('; ')}`);
  const ids = (units: readonly PolicyUnit[]): string => units.map(({ id }) => id).join(', ');
  if (!allowed) {
    const hint = denied.find(({ reason }) => reason !== undefined)?.reason;
    return refusal(denied.length === 0 ? 'no policy permits it' : `forbidden by ${ids(denied)}`, hint);
  }
  const { principal, target } = request;
  // On stdio the caller is the user of the machine, whose scopes are all that there are.
  const lacking = lifted.filter(
    ({ scope }) => scope !== undefined && principal.issuer !== 'local' && !principal.scopes.has(scope),
  );
  if (lacking.length > 0) return { decision: stepUp(lacking, target?.scopes ?? [], ids(lacking)), demands: [] };
  const demands = lifted.flatMap(({ approval, reason }): readonly ApprovalDemand[] =>
    approval === undefined
      ? []
      : [{ by: approval, reason: reason ?? `The policy of this server asks for an approval of ${slice.action.id}.` }],
  );
  return demands.length === 0 ? NO_OBJECTION : { decision: PASS, demands };
}

function stepUp(lacking: readonly PolicyUnit[], own: readonly string[], ids: string): Decision {
  const scopes = [...new Set([...own, ...lacking.flatMap(({ scope }) => scope ?? [])])];
  const hint = lacking.find(({ reason }) => reason !== undefined)?.reason;
  return deny('SCOPE_INSUFFICIENT', { scopes, detail: `policy: ${ids}`, ...(hint === undefined ? {} : { hint }) });
}

function check(cedar: Cedar, files: readonly PolicyFile[], units: readonly PolicyUnit[], schema: PolicySchema): void {
  const staticPolicies = Object.fromEntries(units.map(({ id, text }) => [id, text]));
  const answer = cedar.validate({
    schema: schema.json,
    policies: { staticPolicies },
    validationSettings: { mode: 'strict' },
  });
  const found = answer.type === 'failure' ? [] : [...answer.validationErrors, ...answer.validationWarnings];
  const problems = found.map(({ policyId, error }) => {
    const unit = units.find(({ id }) => id === policyId);
    const text = files.find(({ name }) => name === unit?.file)?.text ?? '';
    const place = placeOf(text, (unit?.offset ?? 0) + startOf(error));
    return { file: unit?.file ?? '?', ...place, message: messageOf(error).replace(/^for policy `[^`]*`, /, '') };
  });
  if (problems.length > 0) throw new PolicyError(problems);
  if (answer.type === 'failure') throw new TypeError(`policy: ${answer.errors.map(messageOf).join(' ')}`);
}

function explain(
  cedar: Cedar,
  request: PolicyRequest,
  slices: ReadonlyMap<string, Slice>,
  mentions: Mentions,
  name: string,
  decide: PolicyRules['decide'],
): Explanation {
  const slice = slices.get(sliceOf(request));
  const verdict = decide(request);
  if (slice === undefined) return { verdict, considered: [], decided: [], errors: [] };
  const built = buildRequest(request, slice.action, mentions);
  if (typeof built === 'string') return { verdict, considered: slice.units, decided: [], errors: [built] };
  const { permitted, lifted, denied, errors } = evaluate(cedar, slice, built, name);
  return { verdict, considered: slice.units, decided: [...denied, ...lifted, ...permitted], errors };
}
