import type { Phase } from './control.ts';

/** One control in its place. `h` HTTP, `s` stdio; `m` modern era, `l` legacy era. */
export interface Row {
  readonly phase: Phase;
  readonly id: string;
  readonly where: string;
}

const row = (phase: Phase, id: string, where: string): Row => Object.freeze({ phase, id, where });

/**
 * The whole way of a request, top to bottom. Users append inside a phase and never reorder.
 * A control with two rows decides on headers in the one and on the message in the other.
 * A control that works by shaping values rather than by deciding (redaction, keying, isolation) stands where its work
 * is done, so that this table names every control of the host.
 */
export const ORDER: readonly Row[] = Object.freeze([
  row('start',         'bounded-schemas',         'hs ml'),
  row('start',         'narrow-tools',            'hs ml'),
  row('start',         'model-identity',          'hs ml'),
  row('start',         'header-annotations',      'h  m '),
  row('start',         'local-binding',           'h  ml'),
  row('start',         'transport-encryption',    'h  ml'),
  row('start',         'parameterised-queries',   'hs ml'),
  row('start',         'production-defaults',     'hs ml'),
  row('start',         'vaulted-secrets',         'hs ml'),
  row('start',         'secret-separation',       'hs ml'),
  row('start',         'description-scan',        'hs ml'),
  row('start',         'distinct-upstreams',      'hs ml'),
  row('start',         'signed-manifest',         'hs ml'),
  row('start',         'consented-launch',        'hs ml'),
  row('start',         'exact-versions',          'hs ml'),
  row('start',         'registered-upstreams',    'hs ml'),
  row('start',         'separate-approver',       'hs ml'),

  row('transport',     'size-limits',             'h  ml'),
  row('transport',     'host-validation',         'h  ml'),
  row('transport',     'origin-validation',       'h  ml'),
  row('transport',     'media-type',              'h  ml'),
  row('transport',     'token-location',          'h  ml'),
  row('transport',     'stdio-hygiene',           ' s ml'),

  row('authenticate',  'transport-encryption',    'h  ml'),
  row('authenticate',  'authentication',          'h  ml'),
  row('authenticate',  'token-validation',        'h  ml'),
  row('authenticate',  'token-lifetime',          'h  ml'),
  row('authenticate',  'registered-identities',   'h  ml'),
  row('authenticate',  'authorization-challenge', 'h  ml'),

  row('message',       'size-limits',             'hs ml'),
  row('message',       'message-validation',      'hs ml'),
  row('message',       'header-agreement',        'h  m '),
  row('message',       'protocol-version',        'hs ml'),
  row('message',       'structured-invocation',   'hs ml'),
  row('message',       'session-binding',         'h   l'),

  row('authorize',     'kill-switch',             'hs ml'),
  row('authorize',     'rate-limit',              'hs ml'),
  row('authorize',     'definition-drift',        'hs ml'),
  row('authorize',     'deny-by-default',         'hs ml'),
  row('authorize',     'registered-identities',   'h  ml'),
  row('authorize',     'scope-step-up',           'h  ml'),
  row('authorize',     'time-boxed-grants',       'h  ml'),
  row('authorize',     'bounded-streams',         'hs ml'),
  row('authorize',     'task-context',            'hs ml'),
  row('authorize',     'request-state',           'hs m '),
  row('authorize',     'input-schema',            'hs ml'),
  row('authorize',     'primitive-validation',    'hs ml'),
  row('authorize',     'injection-detection',     'hs ml'),
  row('authorize',     'central-policy',          'hs ml'),
  row('authorize',     'principal-quotas',        'hs ml'),
  row('authorize',     'circuit-breaker',         'hs ml'),
  row('authorize',     'object-authorization',    'hs ml'),

  row('dispatch',      'filtered-discovery',      'h  ml'),
  row('dispatch',      'flow-control',            'hs ml'),
  row('dispatch',      'human-approval',          'hs ml'),
  row('dispatch',      'approval-binding',        'hs ml'),
  row('dispatch',      'deadline',                'hs ml'),
  row('dispatch',      'cleanup',                 'hs ml'),
  row('dispatch',      'token-passthrough',       'h  ml'),
  row('dispatch',      'strip-then-add',          'hs ml'),
  row('dispatch',      'path-containment',        'hs ml'),
  row('dispatch',      'sandboxed-tools',         'hs ml'),
  row('dispatch',      'no-shell',                'hs ml'),
  row('dispatch',      'parameterised-queries',   'hs ml'),
  row('dispatch',      'declared-behaviour',      'hs ml'),
  row('dispatch',      'opaque-secrets',          'hs ml'),
  row('dispatch',      'secret-rotation',         'hs ml'),
  row('dispatch',      'shared-state',            'hs ml'),
  row('dispatch',      'state-keying',            'h  ml'),
  row('dispatch',      'outbound-guard',          'hs ml'),
  row('dispatch',      'pinned-peers',            'hs ml'),
  row('dispatch',      'oauth-client',            'hs ml'),
  row('dispatch',      'token-exchange',          'h  ml'),
  row('dispatch',      'reverse-channels',        'hs ml'),
  row('dispatch',      'client-capabilities',     'hs ml'),
  row('dispatch',      'sensitive-elicitation',   'hs ml'),

  row('respond',       'upstream-messages',       'hs ml'),
  row('respond',       'closed-extensions',       'hs ml'),
  row('respond',       'output-schema',           'hs ml'),
  row('respond',       'minimal-fields',          'hs ml'),
  row('respond',       'injection-detection',     'hs ml'),
  row('respond',       'media-checks',            'hs ml'),
  row('respond',       'cache-isolation',         'h  ml'),
  row('respond',       'output-neutralisation',   'hs ml'),
  row('respond',       'leak-filter',             'hs ml'),
  row('respond',       'content-labels',          'hs ml'),
  row('respond',       'safe-errors',             'hs ml'),
  row('respond',       'audit-record',            'hs ml'),
  row('respond',       'log-redaction',           'hs ml'),
  row('respond',       'log-integrity',           'hs ml'),
]);
