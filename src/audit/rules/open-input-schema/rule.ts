import { isObject } from '../../../protocol/json.ts';
import type { AuditRule } from '../../model.ts';
import { toolSurfaceRule, type ListedTools } from '../../probes/surface-rule.ts';
import type { LiveSubject } from '../../live/subject.ts';

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ListedTools> = toolSurfaceRule(
  {
    id: 'open-input-schema',
    title: 'Tools say which arguments they take, and that they take no others',
    failure: 'Tools do not say that they take no other arguments',
    severity: 'low',
    confidence: 'high',
    controls: ['VAL-01'],
    method: 'probe',
    remedy: 'Give the input schema "additionalProperties": false, and refuse what is not in it.',
    references: ['JSON Schema 2020-12 core section 10.3.2.3', 'OWASP MCP Top 10 MCP05'],
  },
  ({ inputSchema }) => {
    if (!isObject(inputSchema) || inputSchema['type'] !== 'object')
      return [{ kind: 'the input schema is not that of an object', what: '' }];
    const isClosed = [inputSchema['additionalProperties'], inputSchema['unevaluatedProperties']].includes(false);
    return isClosed ? [] : [{ kind: 'they take arguments that they do not declare', what: '' }];
  },
);
