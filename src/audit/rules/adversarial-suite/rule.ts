import { choice, day, list, number, text, texts } from '../../evidence/fields.ts';
import { recordRule, type RecordRule } from '../../evidence/record-rule.ts';

/** See `meta`. */
export const rule: RecordRule = recordRule({
  id: 'adversarial-suite',
  title: 'The suite of attacks was run on what is released, and all of them fail',
  failure: 'An attack of the suite succeeds, or the suite was not run on what is released',
  severity: 'high',
  controls: ['SUP-06'],
  remedy:
    'Run the suite on every change of code, model, prompt or policy (portcullis prove and portcullis audit do), keep its report under files, and waive a failure only with an end.',
  references: ['OWASP Secure MCP Server Development, section 2', 'OWASP AI Agent Security Cheat Sheet'],
  freshDays: 92,
  fields: {
    suite: text('name and version of the suite'),
    target: text('version or digest of what was attacked'),
    released: text('version or digest of what is released'),
    classes: list('each class of attack', {
      name: choice('which', [
        'injection',
        'traversal',
        'ssrf',
        'object-access',
        'rug-pull',
        'replay',
        'approval-bypass',
        'exfiltration',
        'other',
      ]),
      attacks: number('attacks that were tried'),
      failed: number('of which were stopped'),
      note: text('what they were'),
    }),
    waivers: list(
      'attacks that succeed and are borne',
      { attack: text('which'), reason: text('why'), owner: text('who decided'), expires: day('until when') },
      0,
    ),
    after: texts('changes after which it runs: code, model, prompt, policy, tool'),
  },
  problems: ({ target, released, classes, waivers, after }, at) => {
    const succeeded = classes.reduce((sum, each) => sum + Math.max(0, each.attacks - each.failed), 0);
    const borne = waivers.filter(({ expires }) => expires >= at).length;
    const tried = new Set<string>(classes.filter(({ attacks }) => attacks > 0).map(({ name }) => name));
    const missing = [
      'injection',
      'traversal',
      'ssrf',
      'object-access',
      'rug-pull',
      'replay',
      'approval-bypass',
      'exfiltration',
    ];
    return [
      ...(target === released
        ? []
        : [{ path: ['target'], message: `${released} is released, and ${target} was attacked` }]),
      ...classes.flatMap(({ name, attacks, failed }, index) =>
        failed > attacks
          ? [{ path: ['classes', index], message: `more attacks of ${name} were stopped than tried` }]
          : [],
      ),
      ...(succeeded > borne
        ? [
            {
              path: ['classes'],
              message: `${succeeded} attacks succeed, and ${borne} are borne by a waiver that is in force`,
            },
          ]
        : []),
      ...waivers.flatMap(({ attack, expires }, index) =>
        expires < at ? [{ path: ['waivers', index, 'expires'], message: `the waiver for ${attack} has ended` }] : [],
      ),
      ...missing
        .filter((name) => !tried.has(name))
        .map((name) => ({
          path: ['classes'],
          message: `no attack of the class ${name} was tried`,
          severity: 'medium' as const,
        })),
      ...(after.length === 0
        ? [{ path: ['after'], message: 'it runs after no change', severity: 'medium' as const }]
        : []),
    ];
  },
});
