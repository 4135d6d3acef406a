import { fileRule, placeIn, type FileRule } from '../../file-rule.ts';
import type { ImageConfig } from '../../gather/image-config.ts';
import type { Hit } from '../../model.ts';

/** Of debuggers, and of shells over the network. */
const DEBUG_PORTS: ReadonlySet<string> = new Set(['22', '23', '5678', '5858', '6274', '6277', '9229', '9222']);

/** See `meta`. */
export const rule: FileRule<ImageConfig> = fileRule(
  {
    id: 'image-config-debug',
    title: 'Built images start without means of debugging',
    failure: 'A built image starts with means of debugging',
    severity: 'high',
    confidence: 'medium',
    controls: ['DEP-04'],
    method: 'static',
    remedy:
      'Build an image of its own for debugging, and leave its settings and ports out of the one that is deployed.',
    references: ['OCI Image Configuration, config', 'OWASP MCP Top 10 MCP07'],
  },
  ({ images }) => images,
  (image) => {
    const { file, name, switches, ports, command } = image;
    const hits: Hit[] = switches.map((each) => {
      const variable = each.value.replace(/=.*$/, '');
      const isGrave = /^(?:NODE_TLS|PYTHONHTTPS|NODE_OPTIONS)/.test(each.value);
      return {
        message: `"${name}" is set up for development by ${variable}`,
        place: placeIn(file, each),
        evidence: each.value.slice(0, 80),
        severity: isGrave ? ('high' as const) : ('low' as const),
      };
    });
    if (/(?:^|\s)--inspect(?:-brk)?(?:[=\s]|$)|(?:^|\s)-m\s+(?:debugpy|pdb)\b/.test(command))
      hits.push({
        message: `"${name}" starts a debugger`,
        place: placeIn(file, image),
        evidence: command.slice(0, 160),
      });
    for (const port of ports)
      if (DEBUG_PORTS.has(port.value.replace(/\/.*$/, '')))
        hits.push({
          message: `"${name}" exposes a port of a debugger or a shell`,
          place: placeIn(file, port),
          evidence: port.value,
          severity: 'medium',
        });
    return hits;
  },
);
