import type { Rule } from '../../audit/rule.ts';
import { toolListRule } from '../../audit/tool-list-rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { headerAnnotations } from '../../schema/header-annotations.ts';
import { checkIcon } from '../../schema/names.ts';

/** Lists the tools and judges what they mirror into headers, and the addresses of their icons. */
export const rule: Rule = toolListRule('header-annotations', {
  'an argument in a header where it must not be': annotationProblems,
  'an unsafe icon': iconProblems,
});

/** A schema that cannot be read says nothing of what it mirrors, so it is a finding as well. */
function annotationProblems({ name, inputSchema }: JsonObject): readonly string[] {
  try {
    if (!isObject(inputSchema)) return [`${String(name)} has no schema`];
    return headerAnnotations(inputSchema).problems.map(({ message }) => `${String(name)}, ${message}`);
  } catch {
    return [`${String(name)} has a schema that cannot be read`];
  }
}

function iconProblems({ name, icons }: JsonObject): readonly string[] {
  if (icons === undefined) return [];
  if (!Array.isArray(icons)) return [`${String(name)} has icons that are no list`];
  return icons.flatMap((icon: unknown) => {
    const problem = checkIcon(icon);
    return problem === undefined ? [] : [`${String(name)}: ${problem.message}`];
  });
}
