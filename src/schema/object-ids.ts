import type { Field } from './fields.ts';
import { listFields } from './fields.ts';
import type { JsonSchema, Problem } from './json-schema.ts';

const ID_WORDS = new Set(['id', 'ids', 'uuid', 'uuids', 'guid', 'guids', 'ref', 'refs', 'handle', 'handles', 'urn']);
/** `order_number` names an object, `page_number` does not. */
const NUMBERED = new Set(['account', 'order', 'invoice', 'card', 'ticket', 'case', 'customer', 'policy', 'claim']);
/** Ids of a message or of a well-known list: nobody owns them. */
const UNOWNED = new Set(['request', 'correlation', 'trace', 'span', 'idempotency', 'timezone', 'tz', 'locale']);

/**
 * Paths of the fields that look like the id of an object, for which a tool needs an object-level check (AUZ-03).
 * Fixed lists of values are not ids.
 * @throws SchemaError for a schema that `inspect` refuses.
 */
export function objectIdFields(schema: JsonSchema): readonly string[] {
  return listFields(schema)
    .filter(isObjectId)
    .map((field) => field.path);
}

function isObjectId(field: Field): boolean {
  if (field.finite) return false;
  const scalar = field.types.size === 0 || ['string', 'integer', 'number'].some((type) => field.types.has(type));
  if (!scalar) return false;
  const last = field.words.at(-1) ?? '';
  const before = field.words.at(-2) ?? '';
  if (UNOWNED.has(before)) return false;
  if (field.format === 'uuid' || last === 'iban') return true;
  if (ID_WORDS.has(last)) return true;
  return (last === 'number' || last === 'no' || last === 'nr') && NUMBERED.has(before);
}

const IDENTITY = new Set([
  'user',
  'userid',
  'uid',
  'useruuid',
  'currentuser',
  'currentuserid',
  'actor',
  'actorid',
  'caller',
  'callerid',
  'tenant',
  'tenantid',
  'org',
  'orgid',
  'organization',
  'organizationid',
  'organisation',
  'organisationid',
  'role',
  'roles',
  'owner',
  'ownerid',
  'principal',
  'principalid',
  'subject',
  'sub',
  'isadmin',
  'admin',
  'superuser',
  'issuperuser',
  'isroot',
  'permission',
  'permissions',
  'scope',
  'scopes',
  'impersonate',
  'onbehalfof',
  'runas',
  'actas',
]);
/** The parts that a message of a conversation may play: no privilege. */
const SPEAKERS = new Set<unknown>(['user', 'assistant', 'system', 'tool', 'developer']);
/** A word that means something else beside these fields: a mail's subject, a repository's owner. */
const OTHER_MEANING: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ['subject', new Set(['body', 'to', 'text', 'html', 'message', 'recipients'])],
  ['owner', new Set(['repo', 'repository'])],
]);

/**
 * Fields by which a model would say who the caller is (AUZ-08): identity, tenancy and role come from the token.
 * @param options `untrusted` lists paths that the author marked as plain data.
 * @throws SchemaError for a schema that `inspect` refuses.
 */
export function identityFields(
  schema: JsonSchema,
  options?: { readonly untrusted?: readonly string[] },
): readonly Problem[] {
  const marked = new Set(options?.untrusted);
  return listFields(schema)
    .filter((field) => !marked.has(field.path) && isIdentity(field))
    .map(({ path }) => ({
      id: 'model-supplied-identity',
      path,
      message: `${path}: identity, tenancy and roles come from the verified token, not from the model`,
      mend: `Use the context's principal, or list ${JSON.stringify(path)} under "untrusted" if it is plain data.`,
    }));
}

function isIdentity(field: Field): boolean {
  const name = field.words.join('');
  if (!IDENTITY.has(name)) return false;
  if (field.values.length > 0 && field.finite && field.values.every((value) => SPEAKERS.has(value))) return false;
  const other = OTHER_MEANING.get(name);
  return other === undefined || !field.siblings.some((sibling) => other.has(sibling.toLowerCase()));
}
