import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { FORMATS } from './formats.ts';
import { type Inspected, type InspectOptions, inspect } from './inspect.ts';
import { describe } from './issues.ts';
import { isObject, type Issue, type JsonSchema, SchemaError } from './json-schema.ts';
import { KEYWORDS, type Shape } from './keywords.ts';
import { compilePattern } from './pattern.ts';
import { isUnique } from './unique.ts';

/** Says how a value fails its schema; undefined when it does not. */
export type Validator = (value: unknown) => readonly Issue[] | undefined;

/** References followed in one validation: a bound on schemas that multiply through `$ref`. */
const MAX_STEPS = 100_000;
const STEP = 'portcullis-step';
const FAILED: readonly Issue[] = Object.freeze([
  Object.freeze({ path: '', rule: 'complexity', message: 'the value is too complex for its schema' }),
]);

let steps = 0;

function takeStep(): boolean {
  if (++steps > MAX_STEPS) throw new RangeError('schema evaluation budget');
  return true;
}

/**
 * Makes the validator of a schema. The schema is checked now; code is generated on the first call, because generating
 * it takes some 3 ms and a server may have hundreds of schemas. `warm` generates it at once.
 * Patterns run in linear time, nothing is fetched, and a validator that throws counts as a failure of the value.
 * @throws SchemaError, a TypeError that names the place and the mend.
 */
export function compile(schema: JsonSchema, options?: InspectOptions & { readonly warm?: boolean }): Validator {
  const inspected = inspect(schema, options);
  // The author may go on to change the object; what was checked is what is compiled.
  const source = prune(inspected, inspected.root);
  let run: ReturnType<typeof generate> | undefined = options?.warm === true ? generate(inspected, source) : undefined;
  return (value) => {
    try {
      run ??= generate(inspected, source);
      steps = 0;
      if (run(value)) return undefined;
      return describe(run.errors ?? []);
    } catch {
      return FAILED;
    }
  };
}

interface Run {
  (value: unknown): boolean;
  errors?: ErrorObject[] | null;
}

const SETTINGS: Options = {
  strict: false,
  // NaN and the infinities are no JSON numbers.
  strictNumbers: true,
  // Otherwise each error of a hostile value costs time and memory.
  allErrors: false,
  // Errors must not carry the value.
  verbose: false,
  messages: false,
  // `inspect` has done it, for a fraction of the time.
  validateSchema: false,
  meta: false,
  addUsedSchema: false,
  logger: false,
  // Each reference becomes a call that `takeStep` can count.
  inlineRefs: false,
  formats: Object.fromEntries([...FORMATS].map(([name, validate]) => [name, { type: 'string', validate }])),
  code: { regExp: Object.assign((pattern: string) => compilePattern(pattern), { code: 'compilePattern' }) },
};

function generate(inspected: Inspected, source: unknown): Run {
  const settings: Options = { ...SETTINGS, ownProperties: inspected.inheritedNames };
  const ajv = inspected.dialect === 'draft-07' ? new Ajv(settings) : new Ajv2020(settings);
  // INVARIANT: ajv compares the items pairwise; ours is linear, so a long list of a hostile caller costs nothing.
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (wanted: boolean, value: unknown) => !wanted || !Array.isArray(value) || isUnique(value),
    errors: false,
  });
  ajv.addKeyword({ keyword: STEP, schemaType: 'boolean', validate: takeStep, errors: false, before: '$ref' });
  if (!isObject(source)) throw new SchemaError('', 'A schema must be an object', 'Give a JSON Schema object.');
  return ajv.compile(source);
}

/** A copy that holds only what constrains a value, each reference marked so that it is counted. */
function prune(inspected: Inspected, node: unknown): unknown {
  if (!isObject(node)) return node;
  const kept: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(node)) {
    const shape = KEYWORDS.get(keyword);
    if (shape === undefined || keyword === '$schema' || keyword === '$id') continue;
    if (keyword === 'format' && (typeof value !== 'string' || !FORMATS.has(value))) continue;
    kept.push([keyword, pruneValue(inspected, shape, value)]);
  }
  if ('$ref' in node || '$dynamicRef' in node) kept.push([STEP, true]);
  return Object.fromEntries(kept);
}

function pruneValue(inspected: Inspected, shape: Shape, value: unknown): unknown {
  if (shape === 'schema' || shape === 'schemas' || shape === 'schema-or-schemas') {
    return Array.isArray(value) ? value.map((item) => prune(inspected, item)) : prune(inspected, value);
  }
  if ((shape === 'schema-map' || shape === 'dependencies') && isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, prune(inspected, item)]));
  }
  return structuredClone(value);
}
