import type { ApprovalRules } from '../approvals/rules.ts';
import { configure as configureBinding } from '../controls/approval-binding/control.ts';
import { configure as configureAudit, type AuditRecord } from '../controls/audit-record/control.ts';
import { configure as configureCaching, type Caching } from '../controls/cache-isolation/control.ts';
import { configureAsk, type AskPolicy } from '../controls/central-policy/control.ts';
import { configure as configureCleanup, type Dispose } from '../controls/cleanup/control.ts';
import { configure as configureBreaker, type CircuitBreaker } from '../controls/circuit-breaker/control.ts';
import { configure as configureCapabilities } from '../controls/client-capabilities/control.ts';
import { configure as configureBehaviour, type Behaviour } from '../controls/declared-behaviour/control.ts';
import { configureRecord } from '../controls/deny-by-default/control.ts';
import { configure as configureLabels, type ContentLabels } from '../controls/content-labels/control.ts';
import { configure as configureDeadline, type Deadline } from '../controls/deadline/control.ts';
import { configure as configureFlow, type FlowControl } from '../controls/flow-control/control.ts';
import { configure as configureApproval, configureQuiet } from '../controls/human-approval/control.ts';
import { configure as configureDiscovery, type Visible } from '../controls/filtered-discovery/control.ts';
import { configure as configureKill, type KillSwitch } from '../controls/kill-switch/control.ts';
import { configure as configureMedia, type MediaChecks } from '../controls/media-checks/control.ts';
import { configure as configureLeaks } from '../controls/leak-filter/control.ts';
import { configure as configureDetection, type InjectionDetection } from '../controls/injection-detection/control.ts';
import { configure as configureQuotas, type Quotas } from '../controls/principal-quotas/control.ts';
import { configure as configureMinimal, type MinimalFields } from '../controls/minimal-fields/control.ts';
import { configure as configureObject, type AuthorizeObject } from '../controls/object-authorization/control.ts';
import { configure as configureOutput } from '../controls/output-schema/control.ts';
import {
  configure as configureNeutral,
  configureMarkup,
  type NeutralJson,
} from '../controls/output-neutralisation/control.ts';
import { configure as configurePassthrough, type Expose } from '../controls/token-passthrough/control.ts';
import { configure as configurePrimitive, type Cursors } from '../controls/primitive-validation/control.ts';
import { configure as configureState, type SealRound } from '../controls/request-state/control.ts';
import { configure as configureStreams } from '../controls/bounded-streams/control.ts';
import { configure as configureChannels } from '../controls/reverse-channels/control.ts';
import { configure as configureErrors, type SafeErrors } from '../controls/safe-errors/control.ts';
import { configure as configurePassing } from '../controls/strip-then-add/control.ts';
import { configure as configureElicitation } from '../controls/sensitive-elicitation/control.ts';
import { configure as configureSessions, type Sessions } from '../controls/session-binding/control.ts';
import { configure as configureShared, type Isolate } from '../controls/shared-state/control.ts';
import { configure as configureSizes, type SizeLimits } from '../controls/size-limits/control.ts';
import { configure as configureKeying } from '../controls/state-keying/control.ts';
import { configure as configureTasks, type TaskContext } from '../controls/task-context/control.ts';
import type { Decide } from '../pipeline/control.ts';
import type { Settings } from '../pipeline/settings.ts';
import { createErrands } from './errands.ts';
import type { Gate } from './gate.ts';
import type { Isolated } from './isolated.ts';
import { createOutward, filterSentences, type Outward } from './outward.ts';
import type { WorkParts } from './work.ts';

/** What the host adds to the settings: the author's capabilities, the operator's log, and the change feed. */
export interface HostParts extends Pick<WorkParts, 'grants' | 'log' | 'changed'> {
  readonly approvals: ApprovalRules;
  /** Runs the handlers that do not run here; absent when all do. */
  readonly isolated: Isolated | undefined;
}

/** The controls that shape values rather than decide, configured once, where their work is done. */
export interface Parts {
  readonly settings: Settings;
  readonly work: WorkParts;
  readonly audit: AuditRecord;
  /** Knows what a call touched that the runtime refused; absent where it refuses nothing. */
  readonly behaviour: Behaviour | undefined;
  readonly caching: Caching;
  readonly cursors: Cursors;
  readonly deadline: Deadline;
  /** Absent when it is switched off. */
  readonly detection: InjectionDetection | undefined;
  readonly dispose: Dispose;
  readonly errors: SafeErrors;
  readonly expose: Expose;
  readonly fields: MinimalFields;
  readonly isolate: Isolate;
  readonly labels: ContentLabels;
  /** Absent when it is switched off. */
  readonly killSwitch: KillSwitch | undefined;
  readonly isolated: Isolated | undefined;
  readonly media: MediaChecks;
  readonly neutralJson: NeutralJson;
  readonly outward: Outward;
  readonly askPolicy: AskPolicy;
  /** Absent when it is switched off. */
  readonly breaker: CircuitBreaker | undefined;
  readonly authorizeObject: AuthorizeObject;
  /** Run in order after the object-level check, before the intent is recorded. */
  readonly gates: readonly Gate[];
  /** As the gates, for what nobody can be asked about: where a person would have to agree, it is refused. */
  readonly quietGates: readonly Gate[];
  readonly outputSchema: Decide;
  /** Absent when it is switched off. */
  readonly quotas: Quotas | undefined;
  /** Remembers what was read in private, before the answer leaves; absent where nothing is. */
  readonly remember: FlowControl['remember'];
  readonly requestState: { readonly decide: Decide; readonly seal: SealRound };
  readonly sessions: Sessions;
  readonly sizes: SizeLimits;
  readonly streams: Decide;
  readonly tasks: TaskContext;
  readonly visible: Visible;
}

/**
 * Configures them.
 * @param before Those whose place they take: what counts, holds and remembers in this process goes on from there.
 */
export function configureParts(settings: Settings, host: HostParts, before?: Parts): Parts {
  const tasks = configureTasks(settings);
  const flow = configureFlow(settings, tasks.ledger);
  const approval = configureApproval(settings, configureBinding(settings), host.approvals.page);
  const leaks = configureLeaks(settings, (message, fields) => host.log('warning', message, fields));
  const neutralJson = configureNeutral(settings);
  const quotas = before === undefined ? configureQuotas(settings) : before.quotas;
  const detection = configureDetection(settings);
  return Object.freeze({
    settings,
    work: {
      answered: flow.answered,
      leaks,
      meterOf: quotas === undefined ? undefined : (principal: string) => quotas.meterOf(principal),
      grants: host.grants,
      log: host.log,
      changed: host.changed,
      checkChannel: configureChannels(settings),
      checkCapability: configureCapabilities(settings),
      checkElicitation: configureElicitation(settings),
      detection,
      passOn: configurePassing(settings),
      keyedBy: configureKeying(settings),
      redact: settings.redact,
      notificationsPerCall: settings.limits.notificationsPerCall,
      dispose: configureCleanup(settings),
    },
    audit: configureRecord(settings, configureAudit(settings)),
    behaviour:
      before === undefined
        ? configureBehaviour(settings, (message, fields) => host.log('warning', message, fields))
        : before.behaviour,
    caching: configureCaching(settings),
    cursors: configurePrimitive(settings),
    deadline: configureDeadline(settings),
    dispose: configureCleanup(settings),
    detection,
    errors: filterSentences(configureErrors(settings), leaks),
    expose: configurePassthrough(settings),
    fields: configureMinimal(settings),
    isolate: configureShared(settings),
    labels: configureLabels(settings),
    killSwitch: before === undefined ? configureKill(settings) : before.killSwitch,
    isolated: host.isolated,
    media: configureMedia(settings),
    neutralJson,
    outward: createOutward(neutralJson, configureMarkup(settings), leaks),
    askPolicy: configureAsk(settings),
    breaker: before === undefined ? configureBreaker(settings) : before.breaker,
    authorizeObject: configureObject(settings),
    gates: [flow.decide, createErrands(host.grants, settings.limits), approval, flow.mark].filter(
      (gate) => gate !== undefined,
    ),
    quietGates: [flow.decide, configureQuiet(settings), flow.mark].filter((gate) => gate !== undefined),
    remember: flow.remember,
    tasks,
    outputSchema: configureOutput(settings),
    quotas,
    requestState: configureState(settings),
    sessions: before?.sessions ?? configureSessions(settings),
    sizes: configureSizes(settings),
    streams: before?.streams ?? configureStreams(settings),
    visible: configureDiscovery(settings),
  });
}
