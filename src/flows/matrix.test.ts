import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Target } from '../pipeline/catalog.ts';
import { adviseOnFlows } from './advice.ts';
import { impliedSinks, readFlow } from './declared.ts';
import { actsOf, DEFAULT_MATRIX, raised, resolveFlows, rowOf, strictest, weakerCells } from './matrix.ts';

test('the defaults are those of the table', () => {
  assert.deepEqual(DEFAULT_MATRIX, {
    private: {
      query: 'ask',
      outside: 'ask',
      persistent: 'allow',
      write: 'allow',
      destructive: 'ask',
      critical: 'page',
    },
    untrusted: {
      query: 'allow',
      outside: 'ask',
      persistent: 'allow',
      write: 'allow',
      destructive: 'ask',
      critical: 'page',
    },
    both: { query: 'page', outside: 'page', persistent: 'allow', write: 'allow', destructive: 'ask', critical: 'page' },
  });
  assert.deepEqual(resolveFlows(), { matrix: DEFAULT_MATRIX, overlap: true, handles: false, idleMs: 1_800_000 });
});

test('a deployment changes single cells; what does not exist is refused by name', () => {
  const flows = resolveFlows({ matrix: { private: { outside: 'allow', write: 'deny' } }, idle: '5m' });
  assert.deepEqual(flows.matrix.private, { ...DEFAULT_MATRIX.private, outside: 'allow', write: 'deny' });
  assert.equal(flows.idleMs, 300_000);
  assert.deepEqual(weakerCells(flows), ['private -> outside: allow instead of ask']);
  const wrong: readonly (readonly [options: object, says: RegExp])[] = [
    [{ matrx: {} }, /flows: unknown option "matrx"; did you mean "matrix"/],
    [{ matrix: { secret: {} } }, /flows\.matrix: unknown option "secret"/],
    [{ matrix: { both: { outsde: 'ask' } } }, /flows\.matrix\.both: unknown option "outsde"; did you mean "outside"/],
    [
      { matrix: { both: { outside: 'alow' } } },
      /flows\.matrix\.both\.outside: there is no "alow"\. Did you mean "allow"/,
    ],
    [{ matrix: { both: { outside: true } } }, /there is no "true"/],
    [{ idle: 'soon' }, /flows\.idle/],
  ];
  for (const [options, says] of wrong) assert.throws(() => resolveFlows(options), says);
});

test('the strictest of all that a call does counts', () => {
  const { matrix } = resolveFlows({ matrix: { private: { persistent: 'page' } } });
  assert.deepEqual(strictest(matrix, 'private', ['write', 'outside', 'persistent']), {
    cell: 'page',
    act: 'persistent',
  });
  assert.deepEqual(strictest(matrix, 'untrusted', ['query', 'write']), { cell: 'allow', act: undefined });
  assert.deepEqual(
    ['allow', 'ask', 'page', 'deny'].map((cell) => raised(cell as 'allow')),
    ['ask', 'page', 'deny', 'deny'],
  );
  assert.deepEqual(
    [rowOf(new Set()), rowOf(new Set(['private', 'untrusted'])), rowOf(new Set(['untrusted']))],
    [undefined, 'both', 'untrusted'],
  );
});

test('sinks come from needs and effect unless they are declared', () => {
  const needs = (...kinds: readonly string[]) => Object.fromEntries(kinds.map((kind) => [kind, { kind }]));
  assert.deepEqual([...impliedSinks('read', needs('http', 'sql'))], ['outside']);
  assert.deepEqual([...impliedSinks('write', needs('http', 'state'))], ['outside', 'persistent']);
  assert.deepEqual([...impliedSinks('read', needs('files'))], []);
  assert.deepEqual([...readFlow('t', { gives: ['private'] }, 'read', needs('http')).sends], ['outside']);
  assert.deepEqual([...readFlow('t', { gives: ['private'], sends: [] }, 'read', needs('http')).sends], []);
  assert.deepEqual([...readFlow('t', undefined, 'read', needs('http')).gives], []);
  assert.throws(() => readFlow('t', { gives: ['secret' as 'private'] }, 'read', {}), /there is no label "secret"/);
  assert.throws(() => readFlow('t', { give: [] } as object, 'read', {}), /there is no "give"/);
});

test('an outside call without an effect is a look-up', () => {
  const target = (effect: string, sends: readonly string[], kind = 'tool'): Target =>
    ({ kind, effect, flow: { gives: new Set(), sends: new Set(sends) } }) as unknown as Target;
  assert.deepEqual(actsOf(target('read', ['outside'])), ['query']);
  assert.deepEqual(actsOf(target('critical', ['outside', 'persistent'])), ['outside', 'persistent', 'critical']);
  assert.deepEqual(actsOf(target('read', ['outside'], 'resource')), ['query']);
  assert.deepEqual(actsOf(target('read', [])), []);
});

test('a set of tools that can be talked into it is told of, until one says what it gives', () => {
  const one = (
    name: string,
    needs: readonly string[] = [],
    gives: readonly 'private'[] = [],
    sends: readonly 'outside'[] = [],
  ) => ({
    name,
    needs,
    flow: { gives: new Set(gives), sends: new Set(sends) },
  });
  const desk = [one('get_customer', ['sql']), one('read_ticket'), one('send_mail')];
  assert.match(
    adviseOnFlows(desk) ?? '',
    /"get_customer" seems to give private data, "read_ticket" what others wrote, and "send_mail"/,
  );
  assert.match(adviseOnFlows([one('list_files', ['files']), one('fetch', ['http'], [], ['outside'])]) ?? '', /"fetch"/);
  assert.equal(adviseOnFlows([...desk, one('x', [], ['private'])]), undefined);
  assert.equal(adviseOnFlows([one('add'), one('multiply'), one('send_mail')]), undefined);
  assert.equal(adviseOnFlows(desk.slice(0, 2)), undefined);
});
