import assert from 'node:assert/strict';
import { test } from 'node:test';
import { analyse } from '../analyse.ts';
import { python } from './front-end.ts';
import { pythonModels } from './models/index.ts';

await python.prepare?.();

const HEAD =
  'import asyncio, os, re, shlex, subprocess\nfrom pathlib import Path\nfrom mcp.server.fastmcp import FastMCP\nmcp = FastMCP("x")\nROOT = Path("/srv/data").resolve()\n';

/** What arrives where, of files by name or of the body of a tool: `kind argument`, in order. */
function flowsIn(code: string | Readonly<Record<string, string>>): readonly string[] {
  const files = typeof code === 'string' ? { 'server.py': code } : code;
  const modules = Object.entries(files).map(([file, text]) => python.read(file, text));
  const { flows, unread } = analyse(modules, [{ frontEnd: python, models: pythonModels }]);
  assert.deepEqual(unread, []);
  return flows.map(({ kind, source, isGuarded }) => `${kind} ${source.name}${isGuarded ? ' guarded' : ''}`);
}

/** The body of `async def t(x: str, n: int)`, which is a tool. */
function inTool(body: string, before = ''): readonly string[] {
  const lines = body
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
  return flowsIn(`${HEAD}${before}\n@mcp.tool()\nasync def t(x: str, n: int) -> str:\n${lines}\n`);
}

const BODIES: readonly (readonly [what: string, body: string, expected: readonly string[], before?: string])[] = [
  // Commands.
  ['a shell line', 'os.system("ping " + x)', ['shell x']],
  ['a shell line by an f-string', 'subprocess.run(f"ping {x}", shell=True)', ['shell x']],
  ['a shell line by percent', 'os.popen("ping %s" % x)', ['shell x']],
  ['a shell line by format', 'line = "ping {}".format(x)\nsubprocess.check_output(line, shell=True)', ['shell x']],
  ['a shell line by join', 'subprocess.getoutput(" ".join(["ping", x]))', ['shell x']],
  ['a shell line of asyncio', 'await asyncio.create_subprocess_shell(f"ls {x}")', ['shell x']],
  ['a shell that is named', 'subprocess.run(["sh", "-c", f"ls {x}"])', ['shell x']],
  ['in a thread', 'await asyncio.to_thread(subprocess.run, f"ls {x}", shell=True)', ['shell x']],
  ['a list of words', 'subprocess.run(["ping", x])', []],
  ['a list of words, of a program that knows options', 'subprocess.run(["git", "log", x])', ['option x']],
  ['behind two dashes', 'subprocess.run(["git", "log", "--", x])', []],
  ['behind a check for a dash', 'if x.startswith("-"):\n    raise ValueError()\nsubprocess.run(["git", "log", x])', []],
  ['the program itself', 'subprocess.run([x, "--version"])', ['program x']],
  ['words one by one', 'await asyncio.create_subprocess_exec("git", "show", x)', ['option x']],
  ['a number in a shell line', 'os.system(f"sleep {n}")', []],
  ['a number made of it', 'os.system(f"sleep {int(x)}")', []],
  ['quoted for a shell', 'os.system(f"ping {shlex.quote(x)}")', []],
  ['quoted by hand', `os.system("ping '" + x.replace("'", "") + "'")`, ['shell x']],
  ['on a list of allowed ones', 'if x not in ("a", "b"):\n    raise ValueError()\nos.system("run " + x)', []],
  ['on a list of allowed ones elsewhere', 'if x in NAMES:\n    os.system("run " + x)', [], 'NAMES = {"a": 1, "b": 2}'],
  [
    'on a list of refused ones',
    'if x in BAD:\n    raise ValueError()\nos.system("run " + x)',
    ['shell x guarded'],
    'BAD = ["rm"]',
  ],
  ['chosen by it', 'os.system("run " + NAMES[x])', [], 'NAMES = {"a": "b"}'],
  [
    'matching a pattern from end to end',
    'if not re.fullmatch(r"[a-z0-9]+", x):\n    raise ValueError()\nos.system("run " + x)',
    [],
  ],
  [
    'matching a compiled pattern',
    'if NAME.fullmatch(x) is None:\n    raise ValueError()\nos.system("run " + x)',
    [],
    'NAME = re.compile(r"[a-z]\\w*")',
  ],
  [
    'matching at its beginning alone',
    'if not re.match(r"[a-z]+", x):\n    raise ValueError()\nos.system("run " + x)',
    ['shell x'],
  ],
  ['letters alone', 'if not x.isalnum():\n    raise ValueError()\nos.system("run " + x)', []],
  ['everything else removed', 'x = re.sub(r"[^a-z0-9]", "", x)\nos.system("run " + x)', []],
  // Code.
  ['evaluated', 'return str(eval(x))', ['code x']],
  ['executed', 'exec(compile(x, "a", "exec"), {})', ['code x', 'code x']],
  ['read as a literal', 'import ast\nreturn str(ast.literal_eval(x))', []],
  ['a template', 'from jinja2 import Template\nreturn Template(x).render()', ['code x']],
  ['a value in a template', 'from jinja2 import Template\nreturn Template("a {{ x }}").render(x=x)', []],
  ['unpickled', 'import pickle, base64\nreturn pickle.loads(base64.b64decode(x))', ['deserialise x']],
  ['YAML of any class', 'import yaml\nyaml.load(x, Loader=yaml.Loader)', ['deserialise x']],
  ['YAML of plain values', 'import yaml\nyaml.load(x, Loader=yaml.SafeLoader)\nyaml.safe_load(x)', []],
  ['opened in a browser', 'import webbrowser\nwebbrowser.open(x)', ['open x']],
  // Paths.
  ['a file', 'with open(x) as f:\n    return f.read()', ['path x']],
  ['a file in a folder', 'return (ROOT / x).read_text()', ['path x']],
  ['a file by os.path.join', 'return open(os.path.join("/srv", x)).read()', ['path x']],
  [
    'resolved and compared',
    'p = (ROOT / x).resolve()\nif not p.is_relative_to(ROOT):\n    raise ValueError()\nreturn p.read_text()',
    [],
  ],
  [
    'compared before it is resolved',
    'p = ROOT / x\nif not p.is_relative_to(ROOT):\n    raise ValueError()\nreturn p.read_text()',
    ['path x'],
  ],
  [
    'relative_to throws',
    'p = (ROOT / x).resolve()\ntry:\n    p.relative_to(ROOT)\nexcept ValueError:\n    return "no"\nreturn p.read_text()',
    [],
  ],
  [
    'among the parents',
    'p = (ROOT / x).resolve()\nif ROOT not in p.parents:\n    raise ValueError()\nreturn p.read_text()',
    [],
  ],
  [
    'by commonpath',
    'p = os.path.realpath(os.path.join("/srv", x))\nif os.path.commonpath(["/srv", p]) != "/srv":\n    raise ValueError()\nreturn open(p).read()',
    [],
  ],
  [
    'by commonprefix',
    'p = os.path.realpath(os.path.join("/srv", x))\nif os.path.commonprefix(["/srv", p]) != "/srv":\n    raise ValueError()\nreturn open(p).read()',
    ['path x'],
  ],
  [
    'a prefix without a separator',
    'p = os.path.realpath(os.path.join("/srv", x))\nif not p.startswith("/srv"):\n    raise ValueError()\nreturn open(p).read()',
    ['path x'],
  ],
  [
    'a prefix with a separator',
    'p = os.path.realpath(os.path.join("/srv", x))\nif not p.startswith("/srv" + os.sep):\n    raise ValueError()\nreturn open(p).read()',
    [],
  ],
  [
    'by relpath',
    'p = os.path.realpath(os.path.join("/srv", x))\nif os.path.relpath(p, "/srv").startswith(".."):\n    raise ValueError()\nreturn open(p).read()',
    [],
  ],
  ['its last name alone', 'return open("/srv/" + os.path.basename(x)).read()', []],
  ['its last name alone, by pathlib', 'return (ROOT / Path(x).name).read_text()', []],
  ['dots replaced', 'return open("/srv/" + x.replace("..", "")).read()', ['path x']],
  ['dots refused', 'if ".." in x:\n    raise ValueError()\nreturn open("/srv/" + x).read()', ['path x guarded']],
  ['removed', 'import shutil\nshutil.rmtree(x)\nos.remove(x)', ['path x', 'path x']],
  // Requests.
  ['an address', 'import requests\nreturn requests.get(x).text', ['url x']],
  [
    'an address of a client',
    'import httpx\nasync with httpx.AsyncClient() as c:\n    return (await c.get(x)).text',
    ['url x'],
  ],
  [
    'an address of aiohttp',
    'import aiohttp\nasync with aiohttp.ClientSession() as s:\n    async with s.get(x) as r:\n        return await r.text()',
    ['url x'],
  ],
  ['an address of urllib', 'from urllib.request import urlopen\nreturn urlopen(x).read()', ['url x']],
  ['a host', 'import httpx\nhttpx.get(f"https://{x}/a")', ['url x']],
  ['a path at a fixed host', 'import httpx\nhttpx.get(f"https://api.example.com/{x}")', []],
  ['a parameter', 'import httpx\nhttpx.get("https://api.example.com/", params={"q": x})', []],
  [
    'a host on a list',
    'import httpx\nfrom urllib.parse import urlparse\nif urlparse(x).hostname not in {"a.example.com"}:\n    raise ValueError()\nhttpx.get(x)',
    [],
  ],
  [
    'a host that is one',
    'import httpx\nfrom urllib.parse import urlparse\nu = urlparse(x)\nif u.scheme != "https" or u.hostname != "a.example.com":\n    raise ValueError()\nhttpx.get(x)',
    [],
  ],
  [
    'a scheme on a list',
    'import httpx\nfrom urllib.parse import urlparse\nif urlparse(x).scheme not in ("http", "https"):\n    raise ValueError()\nhttpx.get(x)',
    ['url x'],
  ],
  [
    'a scheme by its letters',
    'import httpx\nif not x.startswith(("http://", "https://")):\n    raise ValueError()\nhttpx.get(x)',
    ['url x'],
  ],
  [
    'a number of an address that is looked at',
    'import httpx, ipaddress, socket\nfrom urllib.parse import urlparse\nif ipaddress.ip_address(socket.gethostbyname(urlparse(x).hostname)).is_private:\n    raise ValueError()\nhttpx.get(x)',
    [],
  ],
  // Statements.
  [
    'a statement',
    'import sqlite3\nsqlite3.connect("a").cursor().execute(f"SELECT * FROM t WHERE a = \'{x}\'")',
    ['sql x'],
  ],
  ['a statement on what is not known', 'db.execute("SELECT * FROM t WHERE a = " + x)', ['sql x'], 'from app import db'],
  ['a bound parameter', 'import sqlite3\nsqlite3.connect("a").execute("SELECT * FROM t WHERE a = ?", (x,))', []],
  [
    'a statement of SQLAlchemy',
    'from sqlalchemy import create_engine, text\nwith create_engine("a").connect() as c:\n    c.execute(text(f"SELECT {x}"))',
    ['sql x'],
  ],
  [
    'a bound parameter of SQLAlchemy',
    'from sqlalchemy import create_engine, text\nwith create_engine("a").connect() as c:\n    c.execute(text("SELECT :a"), {"a": x})',
    [],
  ],
  [
    'a value that the driver quotes',
    'import clickhouse_connect\nfrom clickhouse_connect.driver.binding import format_query_value\nclickhouse_connect.get_client().query(f"SELECT a FROM t WHERE a = {format_query_value(x)}")',
    [],
  ],
  ['a name without a separator', 'open("/srv/" + x.replace("/", "__") + ".json")', []],
  ['a name with another separator', 'open("/srv/" + x.replace("/", "/a/") + ".json")', ['path x']],
  [
    'a name that psycopg quotes',
    'import psycopg2\nfrom psycopg2 import sql\npsycopg2.connect("").cursor().execute(sql.SQL("SELECT {}").format(sql.Identifier(x)))',
    [],
  ],
  ['a job that is no statement', 'return await runner.execute(x)', [], 'from app import runner'],
];

for (const [what, body, expected, before] of BODIES) {
  test(`what a caller passes to a tool in Python: ${what}`, () => {
    assert.deepEqual(inTool(body, before), expected);
  });
}

const SINK = 'os.system(x)';
const SERVERS: readonly (readonly [what: string, code: string, expected: readonly string[]])[] = [
  [
    'FastMCP without parentheses',
    `import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\n@m.tool\ndef t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'FastMCP with a name',
    `import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\n@m.tool(name="b", tags={"c"})\ndef t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'a function that is passed',
    `import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\ndef t(x): ${SINK}\nm.tool(t)\n`,
    ['shell x'],
  ],
  [
    'a method of an object',
    `import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\nclass A:\n  def __init__(self): self.p = "ls "\n  def t(self, x: str): os.system(self.p + x)\na = A()\nm.tool()(a.t)\n`,
    ['shell x'],
  ],
  [
    'registered in a function',
    `import os\nfrom mcp.server.fastmcp import FastMCP\ndef register(m: FastMCP):\n  @m.tool()\n  def t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'registered on what is not known',
    `import os\nfrom mcp.types import Tool\ndef register(m):\n  @m.tool()\n  def t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'a resource with a part',
    `from fastmcp import FastMCP\nm = FastMCP("a")\n@m.resource("f://{x}")\ndef t(x: str) -> str: return open(x).read()`,
    ['path x'],
  ],
  [
    'a prompt',
    `import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\n@m.prompt\ndef t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'behind another decorator',
    `import os, functools\nfrom fastmcp import FastMCP\nm = FastMCP("a")\ndef logged(f):\n  @functools.wraps(f)\n  def w(*a, **k): return f(*a, **k)\n  return w\n@m.tool()\n@logged\ndef t(x: str): ${SINK}`,
    ['shell x'],
  ],
  [
    'the server below',
    'import os\nfrom mcp.server import Server\ns = Server("a")\n@s.call_tool()\nasync def t(name, arguments):\n  if name == "b":\n    os.system(arguments["x"])\n  elif name == "c":\n    os.system(arguments.get("y", ""))',
    ['shell x', 'shell y'],
  ],
  [
    'the server below, by match',
    'import os\nfrom mcp.server.lowlevel import Server\ns = Server("a")\n@s.call_tool()\nasync def t(name, args):\n  match name:\n    case "b":\n      run(**args)\n    case _:\n      raise ValueError(name)\ndef run(x, n=1):\n  os.system(x)',
    ['shell x'],
  ],
  [
    'a table of functions',
    'import os\nfrom mcp.server import Server\ns = Server("a")\ndef run(a): os.system(a["x"])\nTOOLS = {"b": run}\n@s.call_tool()\nasync def t(name, arguments):\n  return TOOLS[name](arguments)',
    ['shell x'],
  ],
  [
    'a model that is made of the arguments',
    'import os\nfrom mcp.server import Server\nfrom pydantic import BaseModel\nclass A(BaseModel):\n  x: str\n  n: int = 1\ns = Server("a")\n@s.call_tool()\nasync def t(name, arguments):\n  a = A(**arguments)\n  os.system(f"sleep {a.n}")\n  os.system(a.x)',
    ['shell x'],
  ],
  [
    'a model as a parameter',
    'import os\nfrom fastmcp import FastMCP\nfrom pydantic import BaseModel\nclass A(BaseModel):\n  x: str\n  n: int = 1\nm = FastMCP("a")\n@m.tool\ndef t(a: A):\n  os.system(f"sleep {a.n}")\n  os.system(a.x)',
    ['shell a.x'],
  ],
  [
    'types that do no harm',
    'import os, enum\nfrom typing import Annotated, Literal, Optional\nfrom pydantic import Field\nfrom fastmcp import FastMCP\nclass E(str, enum.Enum):\n  A = "a"\nm = FastMCP("a")\n@m.tool\ndef t(a: Literal["b", "c"], d: Annotated[int, Field(ge=1)], e: E, f: Optional[float] = None, g: list[int] = [], h: Annotated[str, Field(pattern=r"^[a-z]+$")] = "", i: str = Field("", pattern="^[0-9]+$")):\n  os.system(f"{a} {d} {e.value} {f} {g[0]} {h} {i}")',
    [],
  ],
  [
    'a list of texts',
    'import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\n@m.tool\ndef t(xs: list[str]):\n  for x in xs:\n    os.system(x)',
    ['shell xs'],
  ],
  [
    'the context',
    'import os\nfrom fastmcp import FastMCP, Context\nm = FastMCP("a")\n@m.tool\nasync def t(ctx: Context):\n  os.system(ctx.request_id)',
    [],
  ],
  [
    'a route of FastAPI',
    'import os\nfrom fastapi import FastAPI\napp = FastAPI()\n@app.get("/{x}")\nasync def t(x: str, n: int):\n  os.system(f"{n}" + x)',
    ['shell x'],
  ],
  [
    'a route of Starlette',
    'import os\nfrom starlette.routing import Route\nasync def t(request):\n  os.system(request.query_params["x"])\nroutes = [Route("/", endpoint=t)]',
    ['shell query_params.x'],
  ],
  [
    'a script that is no server',
    'import os, sys\nos.system(sys.argv[1])\ndef main(x):\n  os.system(x)\nmain(sys.argv[1])',
    [],
  ],
  [
    'a default that is shared',
    'import os\nfrom fastmcp import FastMCP\nm = FastMCP("a")\nclass C:\n  base = "ls "\n  @classmethod\n  def run(cls, *, what): os.system(cls.base + what)\n  @staticmethod\n  def two(a, b): return a + b\n@m.tool\ndef t(x: str):\n  C.run(what=C.two("a", b=x))',
    ['shell x'],
  ],
  [
    'a generator and a context',
    'import os\nfrom contextlib import contextmanager\nfrom fastmcp import FastMCP\nm = FastMCP("a")\ndef parts(x):\n  yield "a"\n  yield x\n@contextmanager\ndef held(x):\n  yield x\n@m.tool\ndef t(x: str):\n  for p in parts(x):\n    os.system(p)\n  with held(x) as h:\n    eval(h)',
    ['shell x', 'code x'],
  ],
];

for (const [what, code, expected] of SERVERS) {
  test(`handlers in Python are found: ${what}`, () => {
    assert.deepEqual(flowsIn(code), expected);
  });
}

test('what a caller passes is followed from file to file, by every way of importing', () => {
  const tool = (imports: string, call: string): string =>
    `from fastmcp import FastMCP\n${imports}\nm = FastMCP("a")\n@m.tool\ndef t(x: str):\n  ${call}\n`;
  const shell = 'import os\ndef run(line):\n  os.system(line)\n';
  for (const [imports, call] of [
    ['from app.shell import run', 'run(x)'],
    ['from .shell import run as go', 'go(x)'],
    ['from . import shell', 'shell.run(x)'],
    ['from app import shell', 'shell.run(x)'],
    ['import app.shell', 'app.shell.run(x)'],
    ['import app.shell as s', 's.run(x)'],
    ['from .shell import *', 'run(x)'],
    ['from . import run', 'run(x)'],
  ] as const) {
    const files = {
      'app/__init__.py': 'from .shell import run\n',
      'app/server.py': tool(imports, call),
      'app/shell.py': shell,
    };
    assert.deepEqual(flowsIn(files), ['shell x'], imports);
  }
});

test('files that import each other end', () => {
  const files = {
    'a.py': 'from b import f, g\nimport b\ndef h(x): return b.f(x)\n',
    'b.py': 'from a import f, h\nimport a\ndef g(x): return a.h(x)\n',
  };
  assert.deepEqual(flowsIn(files), []);
});
