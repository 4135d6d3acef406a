import type { Rule } from '../../audit/rule.ts';
import { toolListRule } from '../../audit/tool-list-rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { dangerousFields } from '../../schema/dangerous.ts';

/** Lists the tools and looks for parameters by which a model would command anything it likes. */
export const rule: Rule = toolListRule('narrow-tools', {
  'a tool that does whatever it is told': genericParameters,
});

/** A schema that cannot be read says nothing of what the tool takes, so it is a finding as well. */
function genericParameters({ name, description, inputSchema }: JsonObject): readonly string[] {
  if (!isObject(inputSchema)) return [`${String(name)} has no schema`];
  try {
    const about = { name: String(name), description: typeof description === 'string' ? description : '' };
    return dangerousFields(inputSchema, about).map(({ message }) => `${about.name}, ${message}`);
  } catch {
    return [`${String(name)} has a schema that cannot be read`];
  }
}
