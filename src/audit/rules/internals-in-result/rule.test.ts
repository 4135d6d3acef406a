import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode, toolServer } from '../../../../test/support/audit-code.ts';
import { rule } from './rule.ts';

const wrong: Readonly<Record<string, string>> = {
  'a stack': toolServer(
    "try { work(); } catch (error) { return { content: [{ type: 'text', text: `${error.stack}` }] }; }",
    '',
  ),
  'a token': toolServer(
    "return { content: [{ type: 'text', text: extra.authInfo.token }] };",
    'name: z.string()',
  ).replace('(input)', '(input, extra)'),
};
const right: Readonly<Record<string, string>> = {
  'a short reason': toolServer(
    "try { work(); } catch (error) { console.error(error.stack); return { content: [{ type: 'text', text: 'it failed' }] }; }",
    '',
  ),
  'what is answered to somebody who signed in': toolServer(
    "const answer = await extra.sendRequest({ method: 'sampling/createMessage' }); return { content: [{ type: 'text', text: JSON.stringify(answer) }] };",
    'name: z.string()',
  ).replace('(input)', '(input, extra)'),
  'what comes after an error of a route': `import express from 'express';
express().use((error, request, response, next) => { if (response.headersSent) return next(error); response.status(400).json({}); });`,
};

for (const [name, text] of Object.entries(wrong))
  test(`wrong: ${name}`, () => {
    const judged = judgeCode(rule, text);
    assert.equal(judged?.status, 'fail');
    assert.equal(judged.hits.length, 1);
  });

for (const [name, text] of Object.entries(right))
  test(`right: ${name}`, () => {
    assert.equal(judgeCode(rule, text)?.status, 'pass');
  });
