import type { AuditKind } from './event.ts';
import type { AuditRecord } from './parse-record.ts';
import { quote } from './serialise.ts';

/** How an event is called elsewhere. */
export interface EventNames {
  /** Name in the MCP vocabulary, as an OpenTelemetry event name. */
  readonly mcp: string;
  /** OCSF 1.4 class, category, activity and severity. */
  readonly classUid: number;
  readonly className: string;
  readonly categoryUid: number;
  readonly activityId: number;
  readonly activityName: string;
  readonly severityId: number;
}

const names = (
  mcp: string,
  classUid: number,
  className: string,
  activityId: number,
  activityName: string,
  severityId: number,
): EventNames =>
  Object.freeze({
    mcp,
    classUid,
    className,
    categoryUid: Math.floor(classUid / 1000),
    activityId,
    activityName,
    severityId,
  });

/** Names of every kind of event: OCSF category 2 is Findings, 3 Identity & Access Management, 6 Application Activity. */
export const EVENT_NAMES: Readonly<Record<AuditKind, EventNames>> = Object.freeze({
  start: names('mcp.server.start', 6002, 'Application Lifecycle', 3, 'Start', 1),
  stop: names('mcp.server.stop', 6002, 'Application Lifecycle', 4, 'Stop', 1),
  weakened: names('mcp.control.weakened', 2003, 'Compliance Finding', 1, 'Create', 4),
  config: names('mcp.config.change', 3004, 'Entity Management', 3, 'Update', 2),
  denied: names('mcp.request.denied', 6003, 'API Activity', 99, 'Deny', 3),
  intent: names('mcp.request.intent', 6003, 'API Activity', 99, 'Begin', 1),
  outcome: names('mcp.request.outcome', 6003, 'API Activity', 99, 'End', 1),
  elicitation: names('mcp.elicitation', 6003, 'API Activity', 99, 'Elicit', 1),
  elevation: names('mcp.scope.elevation', 3003, 'Authorize Session', 1, 'Assign Privileges', 2),
  session: names('mcp.session', 6003, 'API Activity', 99, 'Session', 1),
  stream: names('mcp.stream', 6003, 'API Activity', 99, 'Stream', 1),
  alert: names('mcp.alert', 2004, 'Detection Finding', 1, 'Create', 4),
  approval: names('mcp.approval', 3003, 'Authorize Session', 99, 'Approve', 2),
  grant: names('mcp.grant', 3003, 'Authorize Session', 1, 'Assign Privileges', 2),
  drift: names('mcp.definition.drift', 2004, 'Detection Finding', 1, 'Create', 4),
  switch: names('mcp.switch', 3004, 'Entity Management', 3, 'Update', 3),
  rotation: names('mcp.secret.rotation', 3004, 'Entity Management', 3, 'Update', 1),
  violation: names('mcp.sandbox.violation', 2004, 'Detection Finding', 1, 'Create', 4),
});

const present = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/** A record as an OCSF 1.4 event; what OCSF has no place for is under `unmapped`. */
export function toOcsf(record: AuditRecord): Readonly<Record<string, unknown>> {
  const { index, prev, time, kind, request, method, target, principal, client, tenant, detail, trace, ...rest } =
    record;
  const known = EVENT_NAMES[kind];
  const decided = record.decision !== undefined;
  return present({
    time,
    class_uid: known.classUid,
    class_name: known.className,
    category_uid: known.categoryUid,
    activity_id: known.activityId,
    activity_name: known.activityName,
    type_uid: known.classUid * 100 + known.activityId,
    severity_id: known.severityId,
    status_id: decided ? (record.decision === 'pass' ? 1 : 2) : undefined,
    status_code: record.decision,
    status_detail: detail,
    metadata: present({
      version: '1.4.0',
      product: { name: 'Portcullis', vendor_name: 'Portcullis' },
      event_code: known.mcp,
      uid: String(index),
      sequence: index,
      correlation_uid: request,
      trace_uid: trace,
      tenant_uid: tenant,
    }),
    actor: principal === undefined ? undefined : present({ user: { uid: principal }, app_uid: client }),
    api:
      method === undefined
        ? undefined
        : present({
            operation: method,
            request: { uid: request },
            service: target === undefined ? undefined : { name: target },
          }),
    unmapped: present({ prev, ...rest }),
  });
}

/** How records are exported. */
export type ExportForm = 'record' | 'ocsf';

/** Records as lines of JSON, each with its newline, in printable ASCII: as they are, with their MCP name, or as OCSF events. */
export async function* exportJsonLines(
  records: AsyncIterable<AuditRecord> | Iterable<AuditRecord>,
  form: ExportForm = 'record',
): AsyncGenerator<string> {
  for await (const record of records) {
    const value = form === 'ocsf' ? toOcsf(record) : { ...record, name: EVENT_NAMES[record.kind].mcp };
    yield `${asciiJson(value)}\n`;
  }
}

/** JSON whose strings hold printable ASCII only; outside of strings JSON has nothing else. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (character) => quote(character).slice(1, -1));
}
