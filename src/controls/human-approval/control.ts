import { createApprovalBook, type Draft } from '../../approvals/book.ts';
import { askByForm, stand, standing } from '../../approvals/by-form.ts';
import { askByPage } from '../../approvals/by-page.ts';
import {
  approvedBefore,
  type ApprovalAsker,
  type ApprovalBinding,
  type Case,
  type Desk,
} from '../../approvals/desk.ts';
import { describeArguments, fitsForm, isWholeInForm } from '../../approvals/show.ts';
import type { Effect, Target } from '../../pipeline/catalog.ts';
import type { Decide } from '../../pipeline/control.ts';
import type { ApprovalDemand, Exchange } from '../../pipeline/context.ts';
import { PASS, deny, type Decision, type Denial, type MaybePromise } from '../../pipeline/decision.ts';
import type { Principal } from '../../pipeline/principal.ts';
import { isOn, type Settings } from '../../pipeline/settings.ts';
import { configure as configurePolicy } from '../central-policy/control.ts';
import { configure as configureScopes } from '../scope-step-up/control.ts';

/** Decides on a call once everything else has let it in: whether a person has to approve it, and whether one has. */
export type ApprovalGate = (exchange: Exchange, asker: ApprovalAsker) => MaybePromise<Decision>;

/** What a tool's effect alone asks for. */
const BY_EFFECT: Readonly<Record<Effect, ApprovalDemand | undefined>> = {
  read: undefined,
  write: undefined,
  destructive: { by: 'person', reason: 'It destroys something, or cannot be undone.' },
  critical: { by: 'page', reason: 'It is critical: it is decided on the approval page, where no model can answer.' },
};

/**
 * Stops destructive and critical calls, and whatever a control or policy demands it of, until a person has said yes. No
 * answer, a decline, a cancel, a lapse, or anything that is not an answer, stops them (OWASP Top 10 for LLM LLM06).
 * @param page Address of the approval page, where there is one.
 */
export function configure(settings: Settings, binding: ApprovalBinding, page: string | undefined): ApprovalGate {
  if (!isOn(settings, 'human-approval')) return () => PASS;
  const { store, recorder, limits, sealer, catalog } = settings;
  const desk: Desk = {
    store,
    recorder,
    limits,
    binding,
    page,
    book: createApprovalBook(store, sealer, limits.approvalMs),
    serverName: catalog.server.title ?? catalog.server.name,
  };
  const recheck = createRecheck(settings, desk);
  return function humanApproval(exchange: Exchange, asker: ApprovalAsker): MaybePromise<Decision> {
    const { target, demands } = exchange;
    const byEffect = target?.kind === 'tool' ? BY_EFFECT[target.effect] : undefined;
    if (byEffect === undefined && demands.length === 0) return PASS;
    if (target === undefined) return deny('INTERNAL', { detail: 'an approval of nothing' });
    const all = byEffect === undefined ? demands : [byEffect, ...demands];
    const draft = describe(settings, exchange, target, all, binding.of(exchange));
    return decide(desk, recheck, { exchange, asker, draft });
  };
}

/** Refuses an operation on which nobody can be asked where a control or policy demands that somebody is. */
export function configureQuiet(settings: Settings): Decide {
  if (!isOn(settings, 'human-approval')) return () => PASS;
  return ({ demands }) =>
    demands.length === 0 ? PASS : deny('FORBIDDEN', { detail: 'it needs an approval, and nobody can be asked here' });
}

async function decide(desk: Desk, recheck: Recheck, work: Case): Promise<Decision> {
  const { exchange, asker, draft } = work;
  if (approvedBefore(exchange, draft.binding) || (await standing(desk, work))) return PASS;
  // What a form cannot list, nobody has seen. What it would cut is shown whole where there is a page.
  const { arguments: args } = draft;
  const isShown = desk.page === undefined ? fitsForm(args) : isWholeInForm(args);
  const byForm = !draft.critical && isShown && asker.mayAskHost('form');
  const decision = await (byForm ? askByForm(desk, work) : askByPage(desk, work));
  if (!decision.pass) return decision;
  const still = await recheck(work);
  return still.pass ? stand(desk, work) : still;
}

/** Whether everything that let a call in would let it in now. */
type Recheck = (work: Case) => Promise<Decision>;

/**
 * INVARIANT: a person may take minutes; a caller or rules that would not let the call in by now do not get it done: its
 * token, the grant that made up for a scope, and the policy, which may speak of the time.
 */
function createRecheck(settings: Settings, desk: Desk): Recheck {
  const askPolicy = configurePolicy(settings);
  const askScopes = configureScopes(settings);
  return async function recheck({ exchange, draft }: Case): Promise<Decision> {
    const { principal, demands } = exchange;
    if (desk.binding.of(exchange) !== draft.binding)
      return deny('APPROVAL_DENIED', { detail: 'the rules have changed while a person was asked' });
    if (principal === undefined || principal.expiresAt <= Date.now()) return deny('TOKEN_EXPIRED');
    const again = await authenticateAgain(settings, exchange);
    if (!again.pass) return again;
    if (again.principal !== undefined) exchange.principal = again.principal;
    const isScoped = exchange.transport === 'http' && isOn(settings, 'scope-step-up');
    const scoped = isScoped ? await askScopes(exchange) : PASS;
    const decided = scoped.pass ? await askPolicy(exchange) : scoped;
    exchange.demands = demands;
    return decided;
  };
}

type Again = { readonly pass: true; readonly principal: Principal | undefined } | Denial;

async function authenticateAgain(settings: Settings, { http, transport }: Exchange): Promise<Again> {
  const { authentication } = settings;
  const isAsked = transport === 'http' && authentication !== undefined && isOn(settings, 'authentication');
  return http === undefined || !isAsked
    ? { pass: true, principal: undefined }
    : authentication.authenticate(http.headers.authorization);
}

function describe(
  { withhold, policyVersion }: Settings,
  exchange: Exchange,
  target: Target,
  demands: readonly ApprovalDemand[],
  binding: string,
): Draft {
  const { principal, message, args, argsDigest, task } = exchange;
  if (principal === undefined || argsDigest === undefined || message?.kind !== 'request')
    throw new TypeError('human-approval: a call without principal, arguments or message');
  const { id, issuer, subject, tenant, client } = principal;
  const { uri } = message.params;
  const sent = target.kind === 'resource' ? { uri } : (message.params['arguments'] ?? {});
  const title = target.definition['title'];
  return {
    binding,
    party: { id, issuer, subject, client, ...(tenant === undefined ? {} : { tenant }) },
    target: {
      kind: target.kind,
      name: target.name,
      effect: target.kind === 'tool' ? target.effect : 'read',
      definition: target.digest,
      ...(typeof title === 'string' ? { title } : {}),
    },
    arguments: describeArguments(sent, target.kind === 'resource' ? sent : args, withhold),
    argsDigest,
    reasons: [...new Set(demands.map(({ reason }) => reason))],
    critical: demands.some(({ by }) => by === 'page'),
    policy: policyVersion(),
    ...(task === undefined ? {} : { task }),
  };
}
