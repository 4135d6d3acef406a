export type { HttpClient, HttpRequest, HttpRequestOptions } from './capabilities/http/client.ts';
export { HttpError } from './capabilities/http/error.ts';
export type { HttpReason } from './capabilities/http/error.ts';
export { http } from './capabilities/http/http.ts';
export type { HttpMethod, OutboundOptions } from './capabilities/http/options.ts';
export type { HttpResponse } from './capabilities/http/response.ts';
export { ExecError } from './capabilities/exec/error.ts';
export type { ExecReason } from './capabilities/exec/error.ts';
export { exec } from './capabilities/exec/exec.ts';
export type { Exec, ExecResult } from './capabilities/exec/exec.ts';
export type { ExecOptions } from './capabilities/exec/options.ts';
export { arg } from './capabilities/exec/schema.ts';
export type { ExecValues, Part } from './capabilities/exec/schema.ts';
export type { FileContent, FileEntry, FileStat } from './capabilities/files/read.ts';
export { FilesError } from './capabilities/files/error.ts';
export type { FilesReason } from './capabilities/files/error.ts';
export { files } from './capabilities/files/files.ts';
export type { FilesReader, FilesWriter, TemporaryFolder, WriteOptions } from './capabilities/files/files.ts';
export type { FilesOptions } from './capabilities/files/options.ts';
export { log } from './capabilities/log/log.ts';
export type { Log, LogValue } from './capabilities/log/log.ts';
export type {
  First,
  SqlChange,
  SqlReader,
  SqlRow,
  SqlTransaction,
  SqlWriter,
} from './capabilities/sql/access.ts';
export { SqlError } from './capabilities/sql/error.ts';
export { choose, fragment, like, list } from './capabilities/sql/fragment.ts';
export type { SqlFragment, SqlValue } from './capabilities/sql/fragment.ts';
export { secrets } from './capabilities/secrets/secrets.ts';
export type { HmacAlgorithm, Secret, SecretOptions } from './secrets/secret.ts';
export type { ProviderSettings, VaultLogin, VaultSettings } from './secrets/provider-settings.ts';
export { sql } from './capabilities/sql/sql.ts';
export type { SqlOptions } from './capabilities/sql/sql.ts';
export { state } from './capabilities/state/state.ts';
export type { State, StateOptions } from './capabilities/state/state.ts';
export type { Capability, HostOptions, SourceOptions } from './capabilities/capability.ts';
export type { FlowOptions } from './flows/declared.ts';
export type { FlowsOptions } from './flows/matrix.ts';
export type { PolicyOptions } from './policy/options.ts';
export { PublicError, ERRORS } from './errors.ts';
export type { ErrorCode, ErrorRow } from './errors.ts';
export { content } from './server/content.ts';
export type { ContentAnnotations, ContentBlock, ContentOutput, ContentType } from './server/content.ts';
export type {
  Answer,
  Caller,
  CallLog,
  Ctx,
  Form,
  ListName,
  Question,
  SamplingQuestion,
  UrlQuestion,
} from './server/ctx.ts';
export type { ApprovalOptions, Approver } from './approvals/rules.ts';
export type { AuthOptions, Deployment, HttpOptions, LogLine, SecretSettingsOptions } from './server/deployment.ts';
export type { Duration } from './text/duration.ts';
export { serveHttp, serveStream } from './server/host.ts';
export type { Host } from './server/host.ts';
export { prompt } from './server/prompt.ts';
export type { Prompt, PromptMessage, PromptOptions } from './server/prompt.ts';
export { resource } from './server/resource.ts';
export type {
  CompleteOne,
  Contents,
  FixedResourceOptions,
  ListedResource,
  Resource,
  TemplateResourceOptions,
} from './server/resource.ts';
export { server } from './server/server.ts';
export type { ServerDefinition, ServerOptions } from './server/server.ts';
export { tool } from './server/tool.ts';
export type { Granted, Icon, Needs, Tool, ToolOptions, UseLimits } from './server/tool.ts';
export { fromJsonSchema as jsonSchema } from './schema/standard.ts';
export type { StandardSchema } from './schema/standard.ts';
export { deny, PASS } from './pipeline/decision.ts';
export type { Decision, Denial, MaybePromise } from './pipeline/decision.ts';
export type { Policy, PolicyRequest, Profile } from './pipeline/settings.ts';
export type { Effect, ReverseChannel } from './pipeline/catalog.ts';
export { loadOrCreateKey } from './record/keys.ts';
export { openLog } from './record/log.ts';
export type { AuditLog } from './record/log.ts';
export type { LogOptions } from './record/options.ts';
export { createRedactor } from './record/redact.ts';
export type { Redactor } from './record/redact.ts';
export { createMemoryStore } from './stores/memory.ts';
export { createSqliteStore } from './stores/sqlite.ts';
export type { Store } from './stores/store.ts';
