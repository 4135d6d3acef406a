import { judge, resultOf, served } from '../../audit/judge.ts';
import type { Connection, Observation, Reply, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject } from '../../protocol/json.ts';

const SERVED = 'a call';
const STRAY = 'a line that is no message';
const ENDLESS = 'a process that outlives its input';
const PATIENCE_MS = 8_000;

/** Lets the server do something, reads its standard output line by line, then ends its input. */
export const rule: Rule = {
  id: 'stdio-hygiene',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const reply = await connection.request('tools/list');
    const worked = await callHarmless(connection, reply);
    await connection.close();
    const { process } = target;
    if (process === undefined) return [{ label: SERVED, reply }];
    const exited = await process.endInput(PATIENCE_MS);
    return [
      { label: SERVED, reply: worked },
      { label: STRAY, fact: strayLines(process.output(), target.era === 'modern') },
      { label: ENDLESS, fact: !exited },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [SERVED]: served },
      attacks: {
        [STRAY]: ({ fact }) => Array.isArray(fact) && fact.length === 0,
        [ENDLESS]: ({ fact }) => fact === false,
      },
    });
  },
};

/** Calls the first tool that says it only reads; without one the list is all that was done. */
async function callHarmless(connection: Connection, list: Reply): Promise<Reply> {
  const tools = resultOf(list)?.['tools'];
  const readOnly = Array.isArray(tools) ? tools.find(isReadOnly) : undefined;
  if (!isObject(readOnly)) return list;
  const reply = await connection.request('tools/call', { name: readOnly['name'], arguments: {} });
  return resultOf(reply) === undefined ? list : reply;
}

function isReadOnly(tool: unknown): boolean {
  const annotations = isObject(tool) ? tool['annotations'] : undefined;
  return isObject(annotations) && annotations['readOnlyHint'] === true;
}

/** In the modern era a server sends no requests (MCP 2026-07-28 basic/transports/stdio#receiving-messages). */
function strayLines(output: string, isModern: boolean): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line !== '' && !isMessage(line, isModern))
    .map((line) => line.slice(0, 80));
}

function isMessage(line: string, isModern: boolean): boolean {
  try {
    const value: unknown = JSON.parse(line);
    if (!isObject(value) || value['jsonrpc'] !== '2.0') return false;
    return !(isModern && Object.hasOwn(value, 'method') && Object.hasOwn(value, 'id'));
  } catch {
    return false;
  }
}
