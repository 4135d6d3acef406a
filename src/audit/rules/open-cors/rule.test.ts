import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeCode } from '../../../../test/support/audit-code.ts';
import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const EXPRESS = `import cors from 'cors';\nimport express from 'express';\nconst app = express();\n`;
const STARLETTE = 'from starlette.middleware.cors import CORSMiddleware\nfrom starlette.middleware import Middleware\n';

testCases(rule, {
  wrong: {
    typescript: {
      'whatever asks': `${EXPRESS}app.use(cors({ origin: true, credentials: true }));`,
      'a function that lets all through': `${EXPRESS}app.use(cors({ origin: (origin, done) => done(null, true), credentials: true }));`,
      'a function that gives back what asks': `import { cors } from 'hono/cors';\nexport const open = cors({ origin: (origin) => origin, credentials: true });`,
      'a pattern that all match': `${EXPRESS}app.use(cors({ origin: /.*/, credentials: true }));`,
      'what Fastify registers': `import cors from '@fastify/cors';\nimport fastify from 'fastify';\nfastify().register(cors, { origin: true, credentials: true });`,
      'what Koa does without an origin': `import cors from '@koa/cors';\nexport const open = cors({ credentials: true });`,
    },
    python: {
      'a wildcard': `${STARLETTE}a = Middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)\n`,
      'added to FastAPI': `from fastapi import FastAPI\nfrom fastapi.middleware.cors import CORSMiddleware\napp = FastAPI()\napp.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)\n`,
      'around an application': `${STARLETTE}def wrap(app):\n  return CORSMiddleware(app, allow_origin_regex=".*", allow_credentials=True)\n`,
      'Flask, which names none': 'from flask_cors import CORS\nCORS(app, supports_credentials=True)\n',
    },
  },
  right: {
    typescript: {
      'without credentials': `${EXPRESS}app.use(cors({ origin: true }));`,
      'a list': `${EXPRESS}app.use(cors({ origin: ['https://a.example.com'], credentials: true }));`,
      'a wildcard, which browsers keep from credentials': `${EXPRESS}app.use(cors({ origin: '*', credentials: true }));`,
      'a function that looks': `${EXPRESS}const known = new Set(['https://a.example.com']);\napp.use(cors({ origin: (origin, done) => done(null, known.has(origin)), credentials: true }));`,
    },
    python: {
      'a wildcard without credentials': `${STARLETTE}a = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"])\n`,
      'credentials of a named origin': `${STARLETTE}a = Middleware(CORSMiddleware, allow_origins=["https://a.example.com"], allow_credentials=True)\n`,
      'Flask, which names one':
        'from flask_cors import CORS\nCORS(app, origins=["https://a.example.com"], supports_credentials=True)\n',
    },
  },
});

test('code without CORS is not its matter', () => {
  assert.equal(judgeCode(rule, 'export const a = 1;'), undefined);
});
