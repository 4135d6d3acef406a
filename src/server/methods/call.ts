import type { JsonObject } from '../../protocol/json.ts';
import { isObject } from '../../protocol/json.ts';
import { deny, PASS, type Decision } from '../../pipeline/decision.ts';
import type { Checked } from '../../controls/media-checks/control.ts';
import type { ToolEntry } from '../../pipeline/catalog.ts';
import type { Ctx } from '../ctx.ts';
import { freshnessOf } from '../freshness.ts';
import { contentFields, contentProblem, contentsProblem } from '../content.ts';
import { runGates } from '../gate.ts';
import type { Parts } from '../parts.ts';
import { insist, Refusal } from '../refusal.ts';
import { paramsOf, type Method, type MethodCall } from './method.ts';

/** Runs the handler of the exchange's target after its object-level check; without a promise where all of it can be. */
function runTarget({ exchange, parts, perform }: MethodCall): Promise<unknown> {
  const { target } = exchange;
  if (target === undefined) throw new Refusal(deny('INTERNAL', { detail: 'no target' }));
  const hasEffect = target.kind === 'tool' && target.effect !== 'read';
  return perform(target, (ctx, isOver, asker) => {
    const run = (decision: Decision) => {
      insist(decision);
      // INVARIANT: what was answered as late or cancelled has no effect afterwards.
      if (isOver()) throw new Refusal(deny('CANCELLED', { detail: 'the call had ended before its work began' }));
      const { isolated } = parts;
      return isolated === undefined || target.kind !== 'tool' || target.sandbox === 'none'
        ? target.run(exchange.args, ctx)
        : isolated.run(target, exchange.args, ctx as Ctx);
    };
    const intend = (refused: Decision | undefined) => {
      if (refused !== undefined) insist(refused);
      const recorded = hasEffect ? parts.audit.intent(exchange) : PASS;
      return recorded instanceof Promise ? recorded.then(run) : run(recorded);
    };
    const pass = (decision: Decision) => {
      insist(decision);
      const refused = runGates(parts.gates, exchange, asker);
      return refused instanceof Promise ? refused.then(intend) : intend(refused);
    };
    const allowed = parts.authorizeObject(target, exchange.args, ctx);
    return allowed instanceof Promise ? allowed.then(pass) : pass(allowed);
  });
}

/** `tools/call` (MCP 2026-07-28 server/tools#calling-tools). */
export const callTool: Method = async (call) => {
  const { exchange, parts } = call;
  exchange.output = await runTarget(call);
  const decision = parts.outputSchema(exchange);
  insist(decision instanceof Promise ? await decision : decision);
  const { target, output } = exchange;
  if (target?.kind !== 'tool') throw new Refusal(deny('INTERNAL', { detail: 'no tool' }));
  if (target.checkOutput === undefined) return { content: toContent(parts, target, output) };
  const text = parts.outward.structured(exchange);
  exchange.outputJson = text;
  return { content: [{ type: 'text', text }], structuredContent: exchange.output };
};

function toContent(parts: Parts, target: ToolEntry, output: unknown): readonly JsonObject[] {
  const blocks = Array.isArray(output) ? output : [output];
  return blocks.map((block: unknown) => projectBlock(parts, block, target.contentTypes));
}

function projectBlock(parts: Parts, block: unknown, allowed: ReadonlySet<string>): JsonObject {
  const problem = contentProblem(block, allowed);
  if (problem !== undefined || !isObject(block))
    throw new Refusal(deny('OUTPUT_INVALID', { detail: problem ?? 'no block' }));
  const kept = parts.fields.project(block, contentFields(String(block['type'])));
  if (kept['type'] === 'text' || kept['type'] === 'resource_link') return kept;
  const whole = isObject(kept['resource'])
    ? { ...kept, resource: parts.fields.project(kept['resource'], CONTENTS_FIELDS) }
    : kept;
  return checkedValue(parts.media.block(whole));
}

function checkedValue(checked: Checked): JsonObject {
  if (!checked.pass) throw new Refusal(checked);
  return checked.value;
}

const CONTENTS_FIELDS = ['uri', 'mimeType', 'text', 'blob'];
const PROMPT_CONTENT: ReadonlySet<string> = new Set(['text', 'image', 'audio', 'resource_link', 'resource']);

/** `resources/read` (MCP 2026-07-28 server/resources#reading-resources). */
export const readResource: Method = async (call) => {
  const { exchange, parts } = call;
  const uri = String(paramsOf(exchange)['uri']);
  const output = await runTarget(call);
  const { target } = exchange;
  if (target?.kind !== 'resource') throw new Refusal(deny('INTERNAL', { detail: 'no resource' }));
  if (output === undefined || output === null)
    throw new Refusal(deny('RESOURCE_UNKNOWN', { detail: 'the handler has none' }));
  const contents = (Array.isArray(output) ? output : [output]).map((item: unknown) => {
    const named = isObject(item) ? { uri, mimeType: target.mimeType, ...item } : item;
    const problem = contentsProblem(named);
    if (problem !== undefined || !isObject(named))
      throw new Refusal(deny('OUTPUT_INVALID', { detail: problem ?? 'no contents' }));
    return checkedValue(parts.media.contents(parts.fields.project(named, CONTENTS_FIELDS)));
  });
  return { contents, ...parts.caching(exchange, target, freshnessOf(output) ?? target.ttlMs) };
};

/** `prompts/get` (MCP 2026-07-28 server/prompts#getting-a-prompt). */
export const getPrompt: Method = async (call) => {
  const { exchange, parts } = call;
  const output = await runTarget(call);
  if (!Array.isArray(output))
    throw new Refusal(deny('OUTPUT_INVALID', { detail: 'a prompt gives a list of messages' }));
  const messages = output.map((message: unknown) => {
    const role = isObject(message) ? message['role'] : undefined;
    if (!isObject(message) || (role !== 'user' && role !== 'assistant')) {
      throw new Refusal(deny('OUTPUT_INVALID', { detail: 'a prompt message has no role' }));
    }
    return { role, content: projectBlock(parts, message['content'], PROMPT_CONTENT) };
  });
  const description = exchange.target?.definition['description'];
  return { ...(description === undefined ? {} : { description }), messages };
};
