import { list, number, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'behaviour-test',
  title: 'Each tool was watched, and does no more than it declares',
  failure: 'A tool was seen to do what it does not declare',
  severity: 'high',
  controls: ['TDS-05'],
  remedy:
    'Run each version of a tool with its effects watched (portcullis behave does it), and declare what it needs or take it out.',
  references: ['OWASP Secure MCP Server Development, section 4', 'OWASP MCP minimum bar 3.2'],
  freshDays: 183,
  fields: {
    tools: list('each tool', {
      name: text('its name'),
      version: text('version or digest of the server that was watched'),
      calls: number('calls that were watched'),
      undeclared: texts('hosts, paths and programs that it touched and does not declare'),
    }),
  },
  problems: ({ tools }) =>
    tools.flatMap(({ name, calls, undeclared }, at) => [
      ...(undeclared.length > 0
        ? [
            {
              path: ['tools', at, 'undeclared'],
              message: `${name} touched what it does not declare: ${undeclared.slice(0, 3).join(', ')}`,
            },
          ]
        : []),
      ...(calls === 0 ? [{ path: ['tools', at, 'calls'], message: `${name} was never called` }] : []),
    ]),
});
