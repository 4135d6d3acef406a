import { toolServer } from '../../../../test/support/audit-code.ts';
import { testCases } from '../../../../test/support/rule-cases.ts';
import { rule } from './rule.ts';

const route = (body: string, before = ''): string =>
  `import express from 'express';\n${before}\nconst app = express();\napp.get('/callback', (req, res) => {\n${body}\n});\n`;
const python = (body: string, before = ''): string =>
  `from starlette.routing import Route\nfrom starlette.responses import HTMLResponse, JSONResponse\nimport html\n${before}\nasync def callback(request):\n  error = request.query_params["error"]\n  ${body}\nroutes = [Route("/callback", callback)]\n`;
const page = 'res.send(`<h1>Failed</h1><p>${req.query.error}</p>`);';

testCases(rule, {
  wrong: {
    typescript: {
      'an error in a page': route(page),
      'a page that is ended': route("res.end('<html><body>' + req.query.error_description + '</body></html>');"),
      'a page of a tool': toolServer(
        "return { content: [{ type: 'resource', resource: { uri: 'ui://a', mimeType: 'text/html', text: `<p>${input.title}</p>` } }] };",
        'title: z.string()',
      ),
      'quotes alone are replaced': route("res.send(`<p>${String(req.query.error).replace(/\"/g, '&quot;')}</p>`);"),
    },
    python: {
      'an f-string': python('return HTMLResponse(f"<p>{error}</p>", status_code=400)'),
      percent: python('return HTMLResponse("<p>%s</p>" % error)'),
      'what Flask sends':
        'from flask import Flask, request\napp = Flask(__name__)\n@app.get("/p/<name>")\ndef show(name: str):\n  return f"<h1>{name}</h1>"\n',
    },
  },
  right: {
    typescript: {
      JSON: route('res.send({ error: req.query.error });'),
      text: route('res.send(`No such thing: ${req.query.name}`);'),
      'escaped by a library': route(
        'res.send(`<p>${escapeHtml(req.query.error)}</p>`);',
        "import escapeHtml from 'escape-html';",
      ),
      'escaped by replacing': route("res.send(`<p>${String(req.query.error).replace(/[<>&]/g, '')}</p>`);"),
      'escaped in steps': route(
        'res.send(`<p>${clean(String(req.query.error))}</p>`);',
        "const clean = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');",
      ),
      'escaped letter by letter': route(
        'res.send(`<p>${escapeHtml(req.query.error)}</p>`);',
        "const ENTITIES = { '<': '&lt;' };\nfunction escapeHtml(text) { return [...text].map((c) => ENTITIES[c] ?? c).join(''); }",
      ),
      'one of a list': route("if (!['denied', 'expired'].includes(req.query.error)) return;\n" + page),
      'a number': route('res.send(`<p>${Number(req.query.page)}</p>`);'),
    },
    python: {
      escaped: python('return HTMLResponse(f"<p>{html.escape(error)}</p>")'),
      'escaped by replacing': python('return HTMLResponse("<p>" + error.replace("<", "&lt;") + "</p>")'),
      JSON: python('return JSONResponse({"error": error})'),
      'a template that escapes': python(
        'return HTMLResponse(templates.get_template("a.html").render(error=error))',
        'from jinja2 import Environment\ntemplates = Environment(autoescape=True)',
      ),
      'what FastAPI sends as JSON':
        'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/p/{name}")\ndef show(name: str):\n  return {"name": name}\n',
    },
  },
});
