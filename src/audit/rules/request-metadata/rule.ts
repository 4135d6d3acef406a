import { META } from '../../../protocol/versions.ts';
import type { Exchange } from '../../live/exchange.ts';
import type { AskOptions } from '../../live/subject.ts';
import { inEra, isRefused, judgeEach, liveRule, type Expected, type LiveRule } from '../../live/live-rule.ts';
import type { RuleMeta } from '../../model.ts';
import { metaText } from '../../probes/malformed.ts';

const NONE = 'a request without its _meta';
const UNVERSIONED = 'a request without a protocol version';
const WRONG = 'a list of capabilities that is a text';
const OTHER = 'a protocol version that does not exist';
const UNSUPPORTED = -32_022;
const VERSION = '1900-01-01';

const meta: RuleMeta = {
  id: 'request-metadata',
  title: 'Requests have to say their protocol version and what their client can do',
  failure: 'Requests that say nothing, or nonsense, of themselves are served',
  severity: 'medium',
  confidence: 'high',
  controls: ['ARC-05', 'ARC-07'],
  method: 'probe',
  remedy:
    'Check the _meta of every request: without version and capabilities it is -32602, and a version that is not served is -32022.',
  references: ['MCP 2026-07-28 basic#meta', 'MCP 2026-07-28 basic/lifecycle'],
};

/** See `meta`. */
export const rule: LiveRule = liveRule(meta, {
  async gather(subject) {
    if (!subject.eras.includes('modern')) return undefined;
    const { method, params } = subject.home;
    const exchanges: Exchange[] = [];
    // Each on a connection of its own: one that speaks both eras may take the first of them for the legacy one, and stay there.
    const alone = async (attack: string, how: AskOptions): Promise<void> => {
      const connection = await subject.open('user', 'modern');
      exchanges.push((await connection.ask(inEra(attack, 'modern'), method, params, how)).exchange);
      await connection.close();
    };
    const isModernAlone = !subject.eras.includes('legacy');
    const whole = metaText('modern');
    const bodies: readonly (readonly [string, string])[] = [
      // Where the legacy era is served too these are requests of that.
      ...(isModernAlone
        ? ([
            [NONE, '"params":{}'],
            [UNVERSIONED, `"params":{"_meta":{"${META.capabilities}":{}}}`],
          ] as const)
        : []),
      [WRONG, `"params":{"_meta":{${whole.replace('{}', '"all"')}}}`],
    ];
    for (const [index, [attack, text]] of bodies.entries()) {
      const body = `{"jsonrpc":"2.0","id":"metadata-${index}","method":"${method}",${text}}`;
      await alone(attack, { body });
    }
    const headers = { 'mcp-protocol-version': VERSION };
    await alone(OTHER, { meta: { [META.version]: VERSION }, headers });
    return { exchanges, facts: {} };
  },
  judge({ exchanges }) {
    const expected = new Map<string, Expected>(
      [NONE, UNVERSIONED, WRONG, OTHER].map((attack) => [attack, { holds: isRefused, message: `serves ${attack}` }]),
    );
    const judged = judgeEach(meta, exchanges, expected);
    if (judged.status !== 'pass') return judged;
    const code: Expected = {
      holds: ({ answer }) => answer?.kind === 'error' && answer.code === UNSUPPORTED,
      message:
        'refuses a version that it does not serve with another code than -32022, so that no client can go on with one that it does',
      severity: 'low',
    };
    return judgeEach(meta, exchanges, new Map([[OTHER, code]]));
  },
});
