import { isObject } from '../../../protocol/json.ts';
import type { LiveSubject } from '../../live/subject.ts';
import type { AuditRule } from '../../model.ts';
import { toolSurfaceRule, type ListedTools } from '../../probes/surface-rule.ts';

const DOES = new Set(
  'delete remove drop destroy purge wipe truncate write create insert update upsert set put edit rename move send post publish execute exec run kill deploy install uninstall merge approve transfer pay'.split(
    ' ',
  ),
);

/** See `meta`. */
export const rule: AuditRule<LiveSubject, ListedTools> = toolSurfaceRule(
  {
    id: 'honest-hints',
    title: 'What tools say of their effect agrees with their names and with itself',
    failure: 'What tools say of their effect disagrees with their names or with itself',
    severity: 'medium',
    confidence: 'medium',
    controls: ['TDS-05', 'TDS-08'],
    method: 'probe',
    remedy:
      'Say readOnlyHint only of what changes nothing anywhere. Clients let such tools run without asking anybody.',
    references: ['MCP 2026-07-28 schema, ToolAnnotations', 'OWASP MCP Top 10 MCP03'],
  },
  ({ name, annotations }) => {
    if (!isObject(annotations) || annotations['readOnlyHint'] !== true) return [];
    if (annotations['destructiveHint'] === true)
      return [{ kind: 'they say that they only read, and that they destroy', what: '' }];
    const [verb = ''] = wordsOf(name);
    return DOES.has(verb) ? [{ kind: 'they say that they only read, and are named for a change', what: verb }] : [];
  },
);

function wordsOf(name: unknown): readonly string[] {
  return String(name)
    .slice(0, 128)
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
