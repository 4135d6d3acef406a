import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const DATABASE = `import pg from 'pg';
import Database from 'better-sqlite3';
const pool = new pg.Pool();
const db = new Database('notes.db');
const TABLES = ['notes', 'tags'];`;
const wrong: Readonly<Record<string, string>> = {
  'a template': 'await pool.query(`SELECT * FROM notes WHERE id = ${input.id}`);',
  'quotes by hand': `db.prepare("SELECT * FROM notes WHERE id = '" + input.id + "'").all();`,
  'the name of a table': 'db.exec(`DROP TABLE ${input.id}`);',
  'a whole statement': 'await pool.query(input.id);',
  'a prefix that is looked for':
    "if (!input.id.startsWith('SELECT')) throw new Error('no'); await pool.query(input.id);",
};
const right: Readonly<Record<string, string>> = {
  'a parameter': "await pool.query('SELECT * FROM notes WHERE id = $1', [input.id]);",
  'a prepared parameter': "db.prepare('SELECT * FROM notes WHERE id = ?').get(input.id);",
  'a table of a list': "if (!TABLES.includes(input.id)) throw new Error('no'); db.exec(`DELETE FROM ${input.id}`);",
  'a value in the quotes of the driver':
    'await pool.query(`SELECT * FROM notes WHERE id = ${pg.escapeLiteral(input.id)}`);',
  'a number': 'await pool.query(`SELECT * FROM notes LIMIT ${Number(input.id)}`);',
};

for (const [name, body] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, toolServer(body, 'id: z.string()', DATABASE));
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, body] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, toolServer(body, 'id: z.string()', DATABASE))?.status, 'pass');
  });

test('a whole statement is less than a part of one, and nothing where the database is only read', () => {
  const whole = toolServer('await pool.query(input.id);', 'id: z.string()', DATABASE);
  assert.equal(judgeCode(rule, whole)?.hits[0]?.severity, 'medium');
  const begin = "await pool.query('BEGIN TRANSACTION READ ONLY'); await pool.query({ text: input.id, values: [] });";
  assert.equal(judgeCode(rule, toolServer(begin, 'id: z.string()', DATABASE))?.status, 'pass');
});
