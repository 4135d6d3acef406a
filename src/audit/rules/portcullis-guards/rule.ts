import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, membersOf, textOf, type Located } from '../../gather/located.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-guards',
    title: 'No guard of Portcullis is switched off',
    failure: 'A guard of Portcullis is switched off',
    severity: 'medium',
    confidence: 'high',
    controls: ['DEP-04'],
    method: 'config',
    remedy: 'Leave it out: the default is the strict one. Where a single tool needs it, name that tool.',
    references: ['portcullis.schema.json', 'OWASP MCP Top 10 MCP06 and MCP10'],
  },
  ({ deployments }) => deployments,
  ({ file, root }) => {
    const hits: Hit[] = [];
    const add = (at: Located, message: string, severity: Hit['severity'] = 'medium'): void => {
      hits.push({ message, place: placeIn(file, at), severity });
    };
    for (const [tier, mode] of membersOf(member(root, 'detection')))
      if (textOf(mode) === 'off') add(mode, `nothing looks for orders to a model in what is ${tier}`);
    for (const [row, cells] of membersOf(member(root, 'flows', 'matrix')))
      for (const [act, cell] of membersOf(cells))
        if (textOf(cell) === 'allow' && act !== 'query' && row !== 'private')
          add(
            cell,
            `a task that has read ${row === 'both' ? 'private and untrusted' : row} data may go on to ${act}, unasked`,
            act === 'outside' || act === 'critical' ? 'high' : 'medium',
          );
    const overlap = member(root, 'flows', 'overlap');
    if (overlap?.scalar === false)
      add(overlap, 'arguments that repeat what was read in private are not held back', 'low');
    for (const key of ['addons', 'children']) {
      const allowed = member(root, 'permissions', key);
      if (allowed?.scalar === true)
        add(
          allowed,
          key === 'addons'
            ? 'packages may load native code, which nothing confines'
            : 'its code may start any program, which nothing confines',
        );
    }
    for (const [tool, leaks] of membersOf(member(root, 'leaks', 'tools'))) {
      const credentials = member(leaks, 'credentials');
      if (textOf(credentials) === 'allow' && credentials !== undefined)
        add(credentials, `"${tool.slice(0, 64)}" may give credentials away`);
    }
    const eras = member(root, 'eras');
    if (eras?.items?.length === 1 && textOf(eras.items[0]) === 'legacy')
      add(eras, 'only the era of the protocol before 2026 is served', 'low');
    return hits;
  },
);
