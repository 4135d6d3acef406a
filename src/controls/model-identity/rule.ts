import { judge, served } from '../../audit/judge.ts';
import { listAll } from '../../audit/listing.ts';
import type { Observation, Rule, Target, Verdict } from '../../audit/rule.ts';
import { isObject, type JsonObject } from '../../protocol/json.ts';
import { identityFields } from '../../schema/object-ids.ts';

const LIST = 'the tool list';
const SUPPLIED = 'an identity that the model supplies';

/** Lists tools, prompts and resource templates and looks for arguments that say who the caller is. */
export const rule: Rule = {
  id: 'model-identity',
  async gather(target: Target): Promise<readonly Observation[]> {
    const connection = await target.connect();
    const tools = await listAll(connection, 'tools/list');
    const prompts = await listAll(connection, 'prompts/list');
    const templates = await listAll(connection, 'resources/templates/list');
    await connection.close();
    const schemas = [
      ...tools.entries.map(({ inputSchema }) => inputSchema),
      ...prompts.entries.map(({ arguments: list }) => schemaOf(namesOf(list))),
      ...templates.entries.map(({ uriTemplate }) => schemaOf(variablesOf(uriTemplate))),
    ];
    return [
      { label: LIST, reply: tools.reply, fact: schemas.length },
      { label: SUPPLIED, fact: schemas.flatMap(identities) },
    ];
  },
  judge(observations: readonly Observation[]): Verdict {
    return judge(observations, {
      baseline: { [LIST]: (observation) => served(observation) && observation.fact !== 0 },
      attacks: { [SUPPLIED]: ({ fact }) => Array.isArray(fact) && fact.length === 0 },
    });
  },
};

function namesOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter(isObject).map(({ name }) => String(name)) : [];
}

function variablesOf(template: unknown): readonly string[] {
  return typeof template === 'string' ? [...template.matchAll(/[A-Za-z_][A-Za-z0-9_]*(?=[^{}]*\})/g)].map(String) : [];
}

function schemaOf(names: readonly string[]): JsonObject {
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) };
}

/** A schema that cannot be read says nothing of what it takes, so it is a finding as well. */
function identities(schema: unknown): readonly string[] {
  try {
    return isObject(schema) ? identityFields(schema).map(({ path }) => path) : ['no schema'];
  } catch {
    return ['a schema that cannot be read'];
  }
}
