function set(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** What runs a line in a shell, with the name of the argument that holds it. */
export const SHELL: ReadonlyMap<string, string> = new Map([
  ['os.system', 'command'],
  ['os.popen', 'cmd'],
  ['subprocess.getoutput', 'cmd'],
  ['subprocess.getstatusoutput', 'cmd'],
  ['asyncio.create_subprocess_shell', 'cmd'],
  ['asyncio.subprocess.create_subprocess_shell', 'cmd'],
  ['commands.getoutput', 'cmd'],
  ['pexpect.run', 'command'],
  ['pexpect.spawn', 'command'],
  ['invoke.run', 'command'],
  ['invoke.Context().run', 'command'],
  ['fabric.Connection().run', 'command'],
  ['fabric.Connection().sudo', 'command'],
  ['paramiko.SSHClient().exec_command', 'command'],
]);

/** What runs a program of which the arguments stand in a list. */
export const PROGRAM: ReadonlySet<string> = set(
  'subprocess.run subprocess.Popen subprocess.call subprocess.check_call subprocess.check_output anyio.run_process ' +
    'anyio.open_process trio.run_process',
);

/** What runs a program of which the arguments are passed one by one. */
export const SEPARATE: RegExp =
  /^(?:asyncio\.(?:subprocess\.)?create_subprocess_exec|os\.exec[lv]p?e?|os\.posix_spawnp?)$/;

/** What evaluates a text as Python. */
export const CODE: ReadonlySet<string> = set(
  'eval exec compile __import__ importlib.import_module code.InteractiveInterpreter().runsource pandas.eval numexpr.evaluate ' +
    'sympy.sympify sympy.parse_expr sympy.parsing.sympy_parser.parse_expr runpy.run_path runpy.run_module ' +
    'numpy.f2py.crackfortran.myeval timeit.timeit asteval.Interpreter().unsafe_eval',
);

/** What makes a template of a text, which evaluates what stands in it. */
export const TEMPLATE: RegExp =
  /^(?:jinja2\.(?:Template|environment\.Template|Environment\(\)\.from_string)|mako\.template\.Template|flask\.render_template_string|django\.template\.Template|tornado\.template\.Template)$/;

/** What opens an address on the desktop. */
export const OPENS: ReadonlySet<string> = set(
  'webbrowser.open webbrowser.open_new webbrowser.open_new_tab webbrowser.get().open os.startfile click.launch typer.launch',
);

/** What makes objects of any class of a text. */
export const DESERIALISE: RegExp =
  /^(?:c?pickle\.loads?|_pickle\.loads?|pickle\.Unpickler|dill\.loads?|cloudpickle\.loads?|marshal\.loads?|shelve\.open|jsonpickle\.(?:decode|loads)|yaml\.(?:unsafe_load|full_load|unsafe_load_all|full_load_all)|joblib\.load|torch\.load|pandas\.read_pickle)$/;

/** What sends a request. */
export const REQUEST: RegExp =
  /^(?:requests(?:\.(?:api|Session\(\)|session\(\)|sessions\.Session\(\)))?\.(?:get|post|put|patch|delete|head|options|request)|httpx(?:\.(?:Async)?Client\(\))?\.(?:get|post|put|patch|delete|head|options|request|stream|build_request)|aiohttp\.(?:client\.)?ClientSession\(\)\.(?:get|post|put|patch|delete|head|options|request|ws_connect)|aiohttp\.request|urllib\.request\.(?:urlopen|urlretrieve|Request)|urllib3\.(?:request|PoolManager\(\)\.(?:request|urlopen))|http\.client\.HTTPS?Connection|websockets\.connect|websocket\.create_connection|feedparser\.parse|wget\.download|curl_cffi\.requests\.\w+|niquests\.\w+|primp\.Client\(\)\.\w+)$/;

/** What reads, writes, moves or removes a file, with the names of the arguments that are paths. */
export const FILES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...[
    ...set(
      'open io.open codecs.open aiofiles.open gzip.open bz2.open lzma.open tarfile.open zipfile.ZipFile anyio.open_file ' +
        'shelve.open dbm.open fileinput.input linecache.getlines',
    ),
  ].map((name) => [name, ['file']] as const),
  ...[
    ...set(
      'os.remove os.unlink os.rmdir os.mkdir os.makedirs os.removedirs os.listdir os.scandir os.walk os.chmod os.chown os.open ' +
        'os.truncate os.utime os.readlink os.mkfifo shutil.rmtree aiofiles.os.remove aiofiles.os.listdir aiofiles.os.makedirs ' +
        'anyio.Path().read_text anyio.Path().write_text',
    ),
  ].map((name) => [name, ['path']] as const),
  ...[
    ...set(
      'os.rename os.replace os.link os.symlink shutil.copy shutil.copy2 shutil.copyfile shutil.copytree shutil.move ' +
        'shutil.copymode aiofiles.os.rename',
    ),
  ].map((name) => [name, ['src', 'dst']] as const),
  ['shutil.unpack_archive', ['filename', 'extract_dir']],
  ['numpy.load', ['file']],
  ['PIL.Image.open', ['fp']],
  ['pandas.read_csv', ['filepath_or_buffer']],
  ['pandas.read_excel', ['io']],
  ['pandas.read_json', ['path_or_buf']],
  ['pandas.read_parquet', ['path']],
  ['openpyxl.load_workbook', ['filename']],
  ['docx.Document', ['docx']],
  ['flask.send_file', ['path_or_file']],
  ['starlette.responses.FileResponse', ['path']],
  ['fastapi.responses.FileResponse', ['path']],
]);

/** Methods of paths that look at what they name, or change it. */
export const PATH_METHODS: ReadonlySet<string> = set(
  'read_text read_bytes write_text write_bytes open unlink rmdir mkdir touch rename replace iterdir glob rglob symlink_to ' +
    'hardlink_to chmod walk',
);
/** Those that nothing else has. */
export const PATH_ALONE: ReadonlySet<string> = set(
  'read_text read_bytes write_text write_bytes iterdir rglob symlink_to',
);

/** What speaks with databases. */
export const DRIVERS: RegExp =
  /^(?:sqlite3|aiosqlite|psycopg2?|psycopg_pool|asyncpg|pymysql|aiomysql|MySQLdb|mysql\.connector|sqlalchemy|sqlmodel|databases|duckdb|pyodbc|oracledb|cx_Oracle|pymssql|snowflake\.connector|clickhouse_(?:connect|driver)|trino|django\.db|google\.cloud\.bigquery|peewee|ibm_db|vertica_python|redshift_connector|pyhive)(?:\.|\(|$)/;
/** Methods that take a statement. */
export const QUERY: RegExp =
  /^(?:execute|executemany|executescript|exec_driver_sql|raw|query|sql|fetch|fetchrow|fetchval|fetch_all|fetch_one|command|query_df|mogrify)$/;
/** How a statement begins. */
export const STATEMENT: RegExp =
  /^\s*\(?(?:SELECT|INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM|WITH|CREATE|DROP|ALTER|PRAGMA|SHOW|DESCRIBE|EXPLAIN|CALL|MERGE|REPLACE\s+INTO|TRUNCATE|GRANT|REVOKE|ATTACH|COPY|USE)\b/i;

/** Programs that read a script. */
export const SHELLS: ReadonlySet<string> = set('sh bash zsh dash ksh cmd powershell pwsh osascript');
/** Programs that evaluate what follows one of these words. */
export const INTERPRETERS: ReadonlyMap<string, readonly string[]> = new Map([
  ['python', ['-c']],
  ['python3', ['-c']],
  ['node', ['-e', '--eval', '-p', '--print']],
  ['perl', ['-e', '-E']],
  ['ruby', ['-e']],
  ['php', ['-r']],
  ['osascript', ['-e']],
]);
/** Programs that do more than they are asked when a word begins with a dash. */
export const OPTIONS: ReadonlySet<string> = set(
  'git ssh scp sftp tar curl wget find rsync kubectl docker podman npm npx gh zip unzip sed awk helm terraform python python3 ' +
    'node ffmpeg hg svn aws gcloud az pip uv man less pandoc convert magick yt-dlp nmap',
);
