import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from '../../../../test/support/shown-code.ts';
import { python } from './front-end.ts';

await python.prepare?.();

/** What some lines of Python come to. */
function lowered(text: string): string {
  return shown(python.read('a.py', text));
}

const CASES: readonly (readonly [what: string, python: string, expected: string])[] = [
  ['a call', 'f(a, *b, c=1, **d)', '<f>(<a>, *<b>, c=1, **<d>)'],
  ['a chain', 'a.b["c"].d()[1]', '<a>.b["c"].d()[1]'],
  ['a slice', 'a[1:n]', '<a>.slice(1, <n>)'],
  ['a path that is joined by a slash', 'a / "b"', '<a>.joinpath("b")'],
  ['operators', 'a + b; a % b; a * b', '(<a> add <b>)\n(<a> modulo <b>)\n(<a> arithmetic <b>)'],
  [
    'comparisons',
    'a == 1; a is not None; a not in (1, 2); 0 < a <= 9',
    '(<a> equal 1)\n(<a> unequal null)\nnot [1, 2].__contains__(<a>)\n((0 compare <a>) and (<a> compare 9))',
  ],
  ['an operator with a comment around it', 'x = (a  # and\n  or b)', 'x = (<a> or <b>)'],
  ['a choice', 'a if b else c', '(<b> ? <a> : <c>)'],
  ['a walrus', 'if (n := f()): n', 'if (n = <f>())\n  n'],
  ['an f-string', 'f"a{b!r:>9}{{{c["d"]}}}{e:d}"', 'text("a", <b>, "{", <c>["d"], "}", <int>(<e>))'],
  ['strings side by side', '("a" f"{b}" \'c\')', 'text("a", <b>, "c")'],
  ['escapes', String.raw`f("\x41\n\u0042\q\t", r"\n", b'\101')`, String.raw`<f>("A\nB\\q\t", "\\n", "A")`],
  [
    'quotes by three',
    String.raw`f("""a"b\
c""")`,
    String.raw`<f>("a\"bc")`,
  ],
  ['an assignment that is annotated', 'a: int = 1\nb: str', 'a: int = 1'],
  ['an assignment to several', 'a, (b, *c) = d.e = f()', '[a, [b, ...c]] = (<d>.e = <f>())'],
  ['an assignment that adds', 'a = ""\na += b\na[0] += 1', 'a = ""\na = (a add <b>)\na[0] = (a[0] add 1)'],
  [
    'a comprehension',
    '[a.b for a in c if a for d in a]; {k: v for k, v in e}',
    'each(a of <c> if a: each(d of a: a.b))\neach([k, v] of <e>: k -> v)',
  ],
  ['a dictionary', '{"a": 1, b: 2, **c}', '{a: 1, [<b>]: 2, ...<c>}'],
  [
    'a lambda',
    'f = lambda a, *b, c=1: a + c',
    'f = function(lambda.a, *lambda.b, lambda.c = 1) return (lambda.a add lambda.c)\n  return (lambda.a add lambda.c)',
  ],
  ['branches', 'if a:\n  b()\nelif c:\n  pass\nelse:\n  d()', 'if <a>\n  <b>()\nelse\n  if <c>\n  else\n    <d>()'],
  ['an assertion', 'assert a, "b"', 'if <a>\nelse\n  throw'],
  [
    'loops',
    'for a, b in c:\n  break\nelse:\n  d()\nwhile e:\n  continue',
    'loop [a, b] of <c>\n  leave\n<d>()\nloop <e>\n  leave',
  ],
  [
    'with',
    'async def f():\n  async with a(b) as c, d():\n    c.e()',
    'f = function()\n  f.c = await <a>(<b>)\n  await <d>()\n  f.c.e()',
  ],
  [
    'errors that are caught',
    'try:\n  a()\nexcept (B, C) as e:\n  e\nexcept D:\n  pass\nelse:\n  f()\nfinally:\n  g()',
    'try\n  <a>()\n  <f>()\ncatch\n  if ( instanceof [<B>, <C>])\n    e = \n    e\n  else\n    if ( instanceof <D>)\n    else\n      throw\nfinally\n  <g>()',
  ],
  [
    'a match',
    'match a:\n  case "x" | "y":\n    b()\n  case ["go", c, *d]:\n    c\n  case {"e": f}:\n    f\n  case G(h=i):\n    i\n  case str(j) if j in K:\n    j\n  case _:\n    l()',
    ' = <a>\nswitch \ncase "x" | "y"\n  [] = \n  <b>()\ncase ()\n  [[], c, ...d] = \n  c\ncase ()\n  {e: f} = \n  f\ncase ()\n  {h: i} = \n  i\ncase ()\n  j = \n  if <K>.__contains__(j)\n    j\ndefault\n  [] = \n  <l>()',
  ],
  [
    'a generator, and one that `with` takes',
    'def f():\n  yield a\n@contextmanager\ndef g():\n  yield a',
    'f = function()\n  if ()\n    return [<a>]\ng = (<contextmanager>(function()); function())\n  if ()\n    return <a>',
  ],
  [
    'parameters',
    'def f(a, /, b: int = 1, *args, c: Annotated[\n    str, 1], **kw) -> str:\n  "doc"\n  return c',
    'f = function(f.a, f.b: int = 1, *f.args, f.c: Annotated[ str, 1], **f.kw)\n  return f.c',
  ],
  [
    'names that are local, global, or those of the function around',
    'a = 1\ndef f():\n  b = 2\n  def g():\n    global a\n    nonlocal b\n    a = b = c = 3\n    return a, b, c, d\n  a = 4\n  return a',
    'a = 1\nf = function()\n  f.b = 2\n  f.g = function()\n    a = (f.b = (g.c = 3))\n    return [a, f.b, g.c, <d>]\n  f.a = 4\n  return f.a',
  ],
  [
    'a class',
    'class A(B, metaclass=C):\n  x: int = 3\n  def __init__(self, y):\n    super().__init__(y)\n    self.y = y\n  def m(self):\n    return lambda: self.y + x\n  @staticmethod\n  def s(z):\n    return z\n  @classmethod\n  def c(cls):\n    return cls()',
    'x = 3\nA = class(<B>)\n  static x: int = 3\n  constructor:  = function(__init__.y)\n    super(__init__.y)\n    self.y = __init__.y\n  m:  = function()\n    return function() return (self.y add <x>)\n  static s:  = @<staticmethod> function(s.z)\n    return s.z\n  static c:  = @<classmethod> function()\n    return self()',
  ],
  [
    'a data class',
    '@dataclass(frozen=True)\nclass A:\n  a: str\n  b: int = field(default=2)',
    'A = @<dataclass>(frozen=true) class()\n  constructor:  = function(lambda.a: str, lambda.b: int = 2) self.a = lambda.a; self.b = lambda.b\n    self.a = lambda.a\n    self.b = lambda.b\n  static a: str = \n  static b: int = <field>(default=2)',
  ],
  ['an import of a folder within one', 'import a.b\nimport a.c as d\na.b.f(a.g, d.h)', 'a.b.f(a.g, d.h)'],
  ['an import by its name', 'import importlib\nm = importlib.import_module("x.y")', 'm = import(x.y)'],
  [
    'decorators: each sees the function itself',
    '@a.b("c")\n@d\ndef f(x):\n  return x',
    'f = (<a>.b("c")(function(f.x)); <d>(function(f.x)); function(f.x))\n  return f.x',
  ],
  [
    'a property, without what sets it',
    'class A:\n  @property\n  def x(self):\n    return 1\n  @x.setter\n  def x(self, y):\n    self.z = y',
    'A = class()\n  get x:  = @<property> function()\n    return 1',
  ],
  [
    'what stands in for a package that is absent',
    'try:\n  import a\nexcept ImportError:\n  a = None\na()',
    'try\ncatch\n  if ( instanceof <ImportError>)\n  else\n    throw\na()',
  ],
  ['Python 2', 'print "a" % b\nexec c', '<print>(("a" modulo <b>))\n<exec>(<c>)'],
];

for (const [what, text, expected] of CASES) {
  test(`Python is read: ${what}`, () => {
    assert.equal(lowered(text), expected);
  });
}

test('imports keep what they name, and names that nothing binds come from the star', () => {
  const { imports, variables, exports } = python.read(
    'a/b.py',
    'import os.path, x.y as z\nfrom . import u\nfrom ..v.w import (s as t,)\nfrom .all import *\ndef f():\n  from k import l\n  return l(print(m))\n',
  );
  assert.deepEqual(
    imports.map(({ variable, from, name }) => [variables[variable]?.name, from, name]),
    [
      ['os', 'os', '*'],
      ['os.path', 'os.path', '*'],
      ['z', 'x.y', '*'],
      ['u', '.', 'u'],
      ['t', '..v.w', 's'],
      ['l', 'k', 'l'],
      ['m', '.all', 'm'],
    ],
  );
  assert.deepEqual(
    exports.map(({ name }) => name),
    ['t', 'f', 'm', '*'],
  );
});

test('an import leads to the files that it may mean, those nearest first', () => {
  assert.deepEqual(python.candidates('src/p/a.py', '.b'), ['src/p/b.py', 'src/p/b/__init__.py']);
  assert.deepEqual(python.candidates('src/p/a.py', '..'), ['src/__init__.py']);
  assert.deepEqual(python.candidates('p/a.py', '...out'), []);
  assert.deepEqual(python.candidates('p/a.py', 'p.b'), [
    'p/p/b.py',
    'p/p/b/__init__.py',
    'p/b.py',
    'p/b/__init__.py',
    'src/p/b.py',
    'src/p/b/__init__.py',
    'lib/p/b.py',
    'lib/p/b/__init__.py',
    'python/p/b.py',
    'python/p/b/__init__.py',
  ]);
});

test('what is no Python is refused with its line', () => {
  assert.throws(() => python.read('a.py', 'a = 1\ndef f(:\n  pass\n'), /^SyntaxError: .*no Python 3$/);
  assert.throws(
    () => python.read('a.py', `${'('.repeat(2000)}1${')'.repeat(2000)}`),
    /^RangeError: line 1 .*too deeply$/,
  );
});

test('no shape of a file takes long or breaks the reader', () => {
  const shapes = [
    '('.repeat(50_000),
    '['.repeat(20_000) + ']'.repeat(20_000),
    `x${'.a'.repeat(50_000)}`,
    `1${'+1'.repeat(50_000)}`,
    'f"{'.repeat(2000),
    `if a:\n  b\n${'elif c:\n  d\n'.repeat(5000)}`,
    `try:\n  a\n${'except B:\n  c\n'.repeat(5000)}`,
    '\0'.repeat(1000),
    Array.from({ length: 20_000 }, (_, index) => '([{)]}:;\n"\'f@'[(index * 7919) % 13]).join(''),
  ];
  for (const shape of shapes) assert.throws(() => python.read('a.py', shape), /^(?:SyntaxError|RangeError): /);
  assert.throws(() => python.read('a.py', '#'.repeat(3_000_000)), /2000000 are read at most/);
});
