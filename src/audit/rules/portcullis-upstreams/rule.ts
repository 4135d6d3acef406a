import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { DeploymentFile } from '../../gather/deployment-file.ts';
import { member, membersOf, textOf, type Located } from '../../gather/located.ts';
import type { Hit } from '../../model.ts';

/** See `meta`. */
export const rule: FileRule<DeploymentFile> = fileRule(
  {
    id: 'portcullis-upstreams',
    title: 'Servers behind the gateway are pinned, bounded and registered',
    failure: 'A server behind the gateway is not pinned, bounded or registered',
    severity: 'medium',
    confidence: 'high',
    controls: ['TDS-04', 'DEP-03', 'GOV-01'],
    method: 'config',
    remedy: 'Name the hosts that it reaches, its owner and its review, and run portcullis gateway pin and approve.',
    references: ['OWASP MCP Top 10 MCP04 and MCP09', 'docs/guides/gateway.md'],
  },
  ({ deployments }) => deployments.filter(({ root }) => membersOf(member(root, 'upstreams')).length > 0),
  ({ file, root, hasLock, day }) => {
    const upstreams = membersOf(member(root, 'upstreams'));
    const isProduction = textOf(member(root, 'profile')) === 'production';
    const hits: Hit[] = upstreams.flatMap(([id, each]) => hitsOf(file, id, each, { isProduction, day }));
    const [first] = upstreams;
    if (!hasLock && first !== undefined)
      hits.push({
        message: `${upstreams.length} upstreams, and no portcullis.lock beside the file says what was pinned of them`,
        place: placeIn(file, first[1]),
      });
    return hits;
  },
);

function hitsOf(
  file: string,
  id: string,
  upstream: Located,
  { isProduction, day }: { readonly isProduction: boolean; readonly day: string },
): readonly Hit[] {
  const hits: Hit[] = [];
  const add = (at: Located, message: string, severity: Hit['severity'] = 'medium', evidence?: string): void => {
    hits.push({
      message: `"${id}" ${message}`,
      place: placeIn(file, at),
      severity,
      ...(evidence === undefined ? {} : { evidence }),
    });
  };
  const network = member(upstream, 'needs', 'network');
  if (network !== undefined) add(network, 'reaches every network that this machine does', 'high', textOf(network));
  for (const host of member(upstream, 'needs', 'hosts')?.items ?? []) {
    const text = textOf(host) ?? '';
    if (/^\*|^http:\/\//.test(text))
      add(host, text.startsWith('*') ? 'reaches any host under a name' : 'speaks plain HTTP', 'low', text);
  }
  const reference = member(upstream, 'package');
  if (reference !== undefined && !/@\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(textOf(reference) ?? ''))
    add(reference, 'is a package without an exact version', 'high', textOf(reference)?.slice(0, 160));
  const url = member(upstream, 'url');
  if (url !== undefined && /^http:\/\/(?!localhost\b|127\.|\[::1\])/.test(textOf(url) ?? ''))
    add(url, 'is spoken to in clear text', 'high');
  const about = member(upstream, 'about');
  if (isProduction && about === undefined) add(upstream, 'has no owner, purpose and review');
  const review = member(about, 'review');
  if (review !== undefined && (textOf(review) ?? '') < day)
    add(review, 'should have been reviewed', 'low', textOf(review));
  const until = member(upstream, 'waiver', 'until');
  if (until !== undefined && (textOf(until) ?? '') < day)
    add(until, 'has a waiver that is over', 'medium', textOf(until));
  return hits;
}
