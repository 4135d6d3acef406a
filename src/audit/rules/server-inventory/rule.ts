import { choice, day, list, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'server-inventory',
  title: 'Every server is registered, with owner, purpose, version and a day of review that has not passed',
  failure: 'A registered server has no approval, or its review is overdue',
  severity: 'medium',
  controls: ['GOV-01'],
  remedy:
    'Register every server, gateway and agent, have each approved by somebody other than its owner, review it by its day, and sign the register.',
  references: ['OWASP MCP Top 10 MCP09', 'NSA MCP Security Design Considerations, recommendation 9'],
  freshDays: 92,
  isSigned: true,
  fields: {
    servers: list('each server, gateway and agent', {
      name: text('its name'),
      owner: text('who answers for it'),
      purpose: text('what it is for'),
      version: text('version or digest'),
      endpoints: texts('URLs, or the command that starts it'),
      dataClass: text('the most sensitive data that it touches'),
      tier: text('how much depends on it'),
      environments: texts('where it runs'),
      approvedBy: text('who approved it'),
      review: day('when it has to be looked at again'),
      state: choice('whether it is in use', ['in use', 'retired']),
    }),
  },
  problems: ({ servers }, at) => {
    const names = servers.map(({ name }) => name);
    return servers.flatMap(({ name, owner, version, approvedBy, review, state }, index) => {
      const path = ['servers', index];
      return [
        ...(state === 'in use' && review < at
          ? [{ path: [...path, 'review'], message: `the review of ${name} is overdue` }]
          : []),
        ...(approvedBy === owner
          ? [{ path: [...path, 'approvedBy'], message: `${owner} approved a server of their own` }]
          : []),
        ...(/^(?:latest|main|master|\*)$/i.test(version)
          ? [{ path: [...path, 'version'], message: `${name} is of no fixed version` }]
          : []),
        ...(names.indexOf(name) === index ? [] : [{ path, message: `${name} is listed twice` }]),
      ];
    });
  },
});
