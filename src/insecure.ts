import { ORDER } from './pipeline/order.ts';

/*
 * Symbols that switch a control off, one each, for proving that the control is what stops its attack. They are values of
 * the program, so that no YAML or JSON can hold one, and `grep insecure` finds every use. Production refuses them all.
 */
/** Switches `bounded-schemas` off. */
export const insecureWithoutBoundedSchemas: unique symbol = Symbol('insecureWithoutBoundedSchemas');

/** Switches `narrow-tools` off. */
export const insecureWithoutNarrowTools: unique symbol = Symbol('insecureWithoutNarrowTools');

/** Switches `model-identity` off. */
export const insecureWithoutModelIdentity: unique symbol = Symbol('insecureWithoutModelIdentity');

/** Switches `header-annotations` off. */
export const insecureWithoutHeaderAnnotations: unique symbol = Symbol('insecureWithoutHeaderAnnotations');

/** Switches `local-binding` off. */
export const insecureWithoutLocalBinding: unique symbol = Symbol('insecureWithoutLocalBinding');

/** Switches `transport-encryption` off. */
export const insecureWithoutTransportEncryption: unique symbol = Symbol('insecureWithoutTransportEncryption');

/** Switches `production-defaults` off. */
export const insecureWithoutProductionDefaults: unique symbol = Symbol('insecureWithoutProductionDefaults');

/** Switches `host-validation` off. */
export const insecureWithoutHostValidation: unique symbol = Symbol('insecureWithoutHostValidation');

/** Switches `origin-validation` off. */
export const insecureWithoutOriginValidation: unique symbol = Symbol('insecureWithoutOriginValidation');

/** Switches `media-type` off. */
export const insecureWithoutMediaType: unique symbol = Symbol('insecureWithoutMediaType');

/** Switches `token-location` off. */
export const insecureWithoutTokenLocation: unique symbol = Symbol('insecureWithoutTokenLocation');

/** Switches `stdio-hygiene` off. */
export const insecureWithoutStdioHygiene: unique symbol = Symbol('insecureWithoutStdioHygiene');

/** Switches `authentication` off. */
export const insecureWithoutAuthentication: unique symbol = Symbol('insecureWithoutAuthentication');

/** Switches `token-validation` off. */
export const insecureWithoutTokenValidation: unique symbol = Symbol('insecureWithoutTokenValidation');

/** Switches `token-lifetime` off. */
export const insecureWithoutTokenLifetime: unique symbol = Symbol('insecureWithoutTokenLifetime');

/** Switches `authorization-challenge` off. */
export const insecureWithoutAuthorizationChallenge: unique symbol = Symbol('insecureWithoutAuthorizationChallenge');

/** Switches `size-limits` off. */
export const insecureWithoutSizeLimits: unique symbol = Symbol('insecureWithoutSizeLimits');

/** Switches `message-validation` off. */
export const insecureWithoutMessageValidation: unique symbol = Symbol('insecureWithoutMessageValidation');

/** Switches `protocol-version` off. */
export const insecureWithoutProtocolVersion: unique symbol = Symbol('insecureWithoutProtocolVersion');

/** Switches `header-agreement` off. */
export const insecureWithoutHeaderAgreement: unique symbol = Symbol('insecureWithoutHeaderAgreement');

/** Switches `structured-invocation` off. */
export const insecureWithoutStructuredInvocation: unique symbol = Symbol('insecureWithoutStructuredInvocation');

/** Switches `session-binding` off. */
export const insecureWithoutSessionBinding: unique symbol = Symbol('insecureWithoutSessionBinding');

/** Switches `deny-by-default` off. */
export const insecureWithoutDenyByDefault: unique symbol = Symbol('insecureWithoutDenyByDefault');

/** Switches `scope-step-up` off. */
export const insecureWithoutScopeStepUp: unique symbol = Symbol('insecureWithoutScopeStepUp');

/** Switches `rate-limit` off. */
export const insecureWithoutRateLimit: unique symbol = Symbol('insecureWithoutRateLimit');

/** Switches `bounded-streams` off. */
export const insecureWithoutBoundedStreams: unique symbol = Symbol('insecureWithoutBoundedStreams');

/** Switches `task-context` off. */
export const insecureWithoutTaskContext: unique symbol = Symbol('insecureWithoutTaskContext');

/** Switches `flow-control` off. */
export const insecureWithoutFlowControl: unique symbol = Symbol('insecureWithoutFlowControl');

/** Switches `request-state` off. */
export const insecureWithoutRequestState: unique symbol = Symbol('insecureWithoutRequestState');

/** Switches `input-schema` off. */
export const insecureWithoutInputSchema: unique symbol = Symbol('insecureWithoutInputSchema');

/** Switches `primitive-validation` off. */
export const insecureWithoutPrimitiveValidation: unique symbol = Symbol('insecureWithoutPrimitiveValidation');

/** Switches `central-policy` off. */
export const insecureWithoutCentralPolicy: unique symbol = Symbol('insecureWithoutCentralPolicy');

/** Switches `object-authorization` off. */
export const insecureWithoutObjectAuthorization: unique symbol = Symbol('insecureWithoutObjectAuthorization');

/** Switches `filtered-discovery` off. */
export const insecureWithoutFilteredDiscovery: unique symbol = Symbol('insecureWithoutFilteredDiscovery');

/** Switches `content-labels` off. */
export const insecureWithoutContentLabels: unique symbol = Symbol('insecureWithoutContentLabels');

/** Switches `injection-detection` off. */
export const insecureWithoutInjectionDetection: unique symbol = Symbol('insecureWithoutInjectionDetection');

/** Switches `registered-identities` off. */
export const insecureWithoutRegisteredIdentities: unique symbol = Symbol('insecureWithoutRegisteredIdentities');

/** Switches `deadline` off. */
export const insecureWithoutDeadline: unique symbol = Symbol('insecureWithoutDeadline');

/** Switches `cleanup` off. */
export const insecureWithoutCleanup: unique symbol = Symbol('insecureWithoutCleanup');

/** Switches `token-passthrough` off. */
export const insecureWithoutTokenPassthrough: unique symbol = Symbol('insecureWithoutTokenPassthrough');

/** Switches `shared-state` off. */
export const insecureWithoutSharedState: unique symbol = Symbol('insecureWithoutSharedState');

/** Switches `state-keying` off. */
export const insecureWithoutStateKeying: unique symbol = Symbol('insecureWithoutStateKeying');

/** Switches `outbound-guard` off. */
export const insecureWithoutOutboundGuard: unique symbol = Symbol('insecureWithoutOutboundGuard');

/** Switches `reverse-channels` off. */
export const insecureWithoutReverseChannels: unique symbol = Symbol('insecureWithoutReverseChannels');

/** Switches `client-capabilities` off. */
export const insecureWithoutClientCapabilities: unique symbol = Symbol('insecureWithoutClientCapabilities');

/** Switches `sensitive-elicitation` off. */
export const insecureWithoutSensitiveElicitation: unique symbol = Symbol('insecureWithoutSensitiveElicitation');

/** Switches `output-schema` off. */
export const insecureWithoutOutputSchema: unique symbol = Symbol('insecureWithoutOutputSchema');

/** Switches `minimal-fields` off. */
export const insecureWithoutMinimalFields: unique symbol = Symbol('insecureWithoutMinimalFields');

/** Switches `output-neutralisation` off. */
export const insecureWithoutOutputNeutralisation: unique symbol = Symbol('insecureWithoutOutputNeutralisation');

/** Switches `leak-filter` off. */
export const insecureWithoutLeakFilter: unique symbol = Symbol('insecureWithoutLeakFilter');

/** Switches `safe-errors` off. */
export const insecureWithoutSafeErrors: unique symbol = Symbol('insecureWithoutSafeErrors');

/** Switches `audit-record` off. */
export const insecureWithoutAuditRecord: unique symbol = Symbol('insecureWithoutAuditRecord');

/** Switches `log-redaction` off. */
export const insecureWithoutLogRedaction: unique symbol = Symbol('insecureWithoutLogRedaction');

/** Switches `log-integrity` off. */
export const insecureWithoutLogIntegrity: unique symbol = Symbol('insecureWithoutLogIntegrity');

/** Switches `description-scan` off. */
export const insecureWithoutDescriptionScan: unique symbol = Symbol('insecureWithoutDescriptionScan');

/** Switches `signed-manifest` off. */
export const insecureWithoutSignedManifest: unique symbol = Symbol('insecureWithoutSignedManifest');

/** Switches `definition-drift` off. */
export const insecureWithoutDefinitionDrift: unique symbol = Symbol('insecureWithoutDefinitionDrift');

/** Switches `sandboxed-tools` off. */
export const insecureWithoutSandboxedTools: unique symbol = Symbol('insecureWithoutSandboxedTools');
/** Switches `no-shell` off. */
export const insecureWithoutNoShell: unique symbol = Symbol('insecureWithoutNoShell');

/** Switches `declared-behaviour` off. */
export const insecureWithoutDeclaredBehaviour: unique symbol = Symbol('insecureWithoutDeclaredBehaviour');

/** Handed to one `exec(...)`, lets it run an interpreter or a program that starts others. Switches no control off. */
export const insecureInterpreter: unique symbol = Symbol('insecureInterpreter');

/** Switches `path-containment` off. */
export const insecureWithoutPathContainment: unique symbol = Symbol('insecureWithoutPathContainment');

/** Switches `media-checks` off. */
export const insecureWithoutMediaChecks: unique symbol = Symbol('insecureWithoutMediaChecks');

/** Switches `vaulted-secrets` off. */
export const insecureWithoutVaultedSecrets: unique symbol = Symbol('insecureWithoutVaultedSecrets');

/** Switches `opaque-secrets` off. */
export const insecureWithoutOpaqueSecrets: unique symbol = Symbol('insecureWithoutOpaqueSecrets');

/** Switches `secret-rotation` off. */
export const insecureWithoutSecretRotation: unique symbol = Symbol('insecureWithoutSecretRotation');

/** Switches `secret-separation` off. */
export const insecureWithoutSecretSeparation: unique symbol = Symbol('insecureWithoutSecretSeparation');

/** Switches `parameterised-queries` off. */
export const insecureWithoutParameterisedQueries: unique symbol = Symbol('insecureWithoutParameterisedQueries');

/** Switches `human-approval` off. */
export const insecureWithoutHumanApproval: unique symbol = Symbol('insecureWithoutHumanApproval');

/** Switches `approval-binding` off. */
export const insecureWithoutApprovalBinding: unique symbol = Symbol('insecureWithoutApprovalBinding');

/** Switches `time-boxed-grants` off. */
export const insecureWithoutTimeBoxedGrants: unique symbol = Symbol('insecureWithoutTimeBoxedGrants');

/** Switches `kill-switch` off. */
export const insecureWithoutKillSwitch: unique symbol = Symbol('insecureWithoutKillSwitch');

/** Switches `cache-isolation` off. */
export const insecureWithoutCacheIsolation: unique symbol = Symbol('insecureWithoutCacheIsolation');

/** Switches `circuit-breaker` off. */
export const insecureWithoutCircuitBreaker: unique symbol = Symbol('insecureWithoutCircuitBreaker');

/** Switches `principal-quotas` off. */
export const insecureWithoutPrincipalQuotas: unique symbol = Symbol('insecureWithoutPrincipalQuotas');

/** Switches `upstream-messages` off. */
export const insecureWithoutUpstreamMessages: unique symbol = Symbol('insecureWithoutUpstreamMessages');

/** Switches `strip-then-add` off. */
export const insecureWithoutStripThenAdd: unique symbol = Symbol('insecureWithoutStripThenAdd');

/** Switches `closed-extensions` off. */
export const insecureWithoutClosedExtensions: unique symbol = Symbol('insecureWithoutClosedExtensions');

/** Switches `distinct-upstreams` off. */
export const insecureWithoutDistinctUpstreams: unique symbol = Symbol('insecureWithoutDistinctUpstreams');

/** Switches `consented-launch` off. */
export const insecureWithoutConsentedLaunch: unique symbol = Symbol('insecureWithoutConsentedLaunch');

/** Switches `exact-versions` off. */
export const insecureWithoutExactVersions: unique symbol = Symbol('insecureWithoutExactVersions');

/** Switches `registered-upstreams` off. */
export const insecureWithoutRegisteredUpstreams: unique symbol = Symbol('insecureWithoutRegisteredUpstreams');

/** Switches `separate-approver` off. */
export const insecureWithoutSeparateApprover: unique symbol = Symbol('insecureWithoutSeparateApprover');

/** Switches `pinned-peers` off. */
export const insecureWithoutPinnedPeers: unique symbol = Symbol('insecureWithoutPinnedPeers');

/** Switches `token-exchange` off. */
export const insecureWithoutTokenExchange: unique symbol = Symbol('insecureWithoutTokenExchange');

/** Switches `oauth-client` off. */
export const insecureWithoutOauthClient: unique symbol = Symbol('insecureWithoutOauthClient');

const SYMBOLS: ReadonlyMap<symbol, string> = new Map<symbol, string>([
  [insecureWithoutVaultedSecrets, 'vaulted-secrets'],
  [insecureWithoutOpaqueSecrets, 'opaque-secrets'],
  [insecureWithoutSecretRotation, 'secret-rotation'],
  [insecureWithoutSecretSeparation, 'secret-separation'],
  [insecureWithoutSandboxedTools, 'sandboxed-tools'],
  [insecureWithoutNoShell, 'no-shell'],
  [insecureWithoutDeclaredBehaviour, 'declared-behaviour'],
  [insecureWithoutBoundedSchemas, 'bounded-schemas'],
  [insecureWithoutNarrowTools, 'narrow-tools'],
  [insecureWithoutModelIdentity, 'model-identity'],
  [insecureWithoutHeaderAnnotations, 'header-annotations'],
  [insecureWithoutLocalBinding, 'local-binding'],
  [insecureWithoutTransportEncryption, 'transport-encryption'],
  [insecureWithoutProductionDefaults, 'production-defaults'],
  [insecureWithoutDescriptionScan, 'description-scan'],
  [insecureWithoutSignedManifest, 'signed-manifest'],
  [insecureWithoutDefinitionDrift, 'definition-drift'],
  [insecureWithoutHumanApproval, 'human-approval'],
  [insecureWithoutApprovalBinding, 'approval-binding'],
  [insecureWithoutTimeBoxedGrants, 'time-boxed-grants'],
  [insecureWithoutHostValidation, 'host-validation'],
  [insecureWithoutOriginValidation, 'origin-validation'],
  [insecureWithoutMediaType, 'media-type'],
  [insecureWithoutTokenLocation, 'token-location'],
  [insecureWithoutStdioHygiene, 'stdio-hygiene'],
  [insecureWithoutAuthentication, 'authentication'],
  [insecureWithoutTokenValidation, 'token-validation'],
  [insecureWithoutTokenLifetime, 'token-lifetime'],
  [insecureWithoutAuthorizationChallenge, 'authorization-challenge'],
  [insecureWithoutSizeLimits, 'size-limits'],
  [insecureWithoutMessageValidation, 'message-validation'],
  [insecureWithoutProtocolVersion, 'protocol-version'],
  [insecureWithoutHeaderAgreement, 'header-agreement'],
  [insecureWithoutStructuredInvocation, 'structured-invocation'],
  [insecureWithoutSessionBinding, 'session-binding'],
  [insecureWithoutDenyByDefault, 'deny-by-default'],
  [insecureWithoutScopeStepUp, 'scope-step-up'],
  [insecureWithoutRateLimit, 'rate-limit'],
  [insecureWithoutBoundedStreams, 'bounded-streams'],
  [insecureWithoutTaskContext, 'task-context'],
  [insecureWithoutFlowControl, 'flow-control'],
  [insecureWithoutRequestState, 'request-state'],
  [insecureWithoutInputSchema, 'input-schema'],
  [insecureWithoutPrimitiveValidation, 'primitive-validation'],
  [insecureWithoutCentralPolicy, 'central-policy'],
  [insecureWithoutObjectAuthorization, 'object-authorization'],
  [insecureWithoutFilteredDiscovery, 'filtered-discovery'],
  [insecureWithoutDeadline, 'deadline'],
  [insecureWithoutCleanup, 'cleanup'],
  [insecureWithoutTokenPassthrough, 'token-passthrough'],
  [insecureWithoutSharedState, 'shared-state'],
  [insecureWithoutStateKeying, 'state-keying'],
  [insecureWithoutOutboundGuard, 'outbound-guard'],
  [insecureWithoutReverseChannels, 'reverse-channels'],
  [insecureWithoutClientCapabilities, 'client-capabilities'],
  [insecureWithoutSensitiveElicitation, 'sensitive-elicitation'],
  [insecureWithoutOutputSchema, 'output-schema'],
  [insecureWithoutMinimalFields, 'minimal-fields'],
  [insecureWithoutOutputNeutralisation, 'output-neutralisation'],
  [insecureWithoutLeakFilter, 'leak-filter'],
  [insecureWithoutSafeErrors, 'safe-errors'],
  [insecureWithoutAuditRecord, 'audit-record'],
  [insecureWithoutLogRedaction, 'log-redaction'],
  [insecureWithoutLogIntegrity, 'log-integrity'],
  [insecureWithoutPathContainment, 'path-containment'],
  [insecureWithoutMediaChecks, 'media-checks'],
  [insecureWithoutParameterisedQueries, 'parameterised-queries'],
  [insecureWithoutKillSwitch, 'kill-switch'],
  [insecureWithoutCacheIsolation, 'cache-isolation'],
  [insecureWithoutContentLabels, 'content-labels'],
  [insecureWithoutRegisteredIdentities, 'registered-identities'],
  [insecureWithoutInjectionDetection, 'injection-detection'],
  [insecureWithoutCircuitBreaker, 'circuit-breaker'],
  [insecureWithoutPrincipalQuotas, 'principal-quotas'],
  [insecureWithoutOauthClient, 'oauth-client'],
  [insecureWithoutTokenExchange, 'token-exchange'],
  [insecureWithoutPinnedPeers, 'pinned-peers'],
  [insecureWithoutSeparateApprover, 'separate-approver'],
  [insecureWithoutRegisteredUpstreams, 'registered-upstreams'],
  [insecureWithoutExactVersions, 'exact-versions'],
  [insecureWithoutConsentedLaunch, 'consented-launch'],
  [insecureWithoutDistinctUpstreams, 'distinct-upstreams'],
  [insecureWithoutClosedExtensions, 'closed-extensions'],
  [insecureWithoutStripThenAdd, 'strip-then-add'],
  [insecureWithoutUpstreamMessages, 'upstream-messages'],
]);

/** The symbol that switches a control off, by the control's id. */
export function insecureSymbol(id: string): symbol | undefined {
  for (const [symbol, controlled] of SYMBOLS) if (controlled === id) return symbol;
  return undefined;
}

/**
 * Ids of the controls that the symbols switch off.
 * @throws TypeError on a value that is none of them.
 */
export function weakenedBy(symbols: readonly symbol[]): ReadonlySet<string> {
  const known = new Set(ORDER.map(({ id }) => id));
  return new Set(
    symbols.map((symbol) => {
      const id = SYMBOLS.get(symbol);
      if (id === undefined || !known.has(id)) {
        throw new TypeError(
          `insecure: ${String(symbol)} switches nothing off. Import the symbol from 'portcullis/insecure'.`,
        );
      }
      return id;
    }),
  );
}
