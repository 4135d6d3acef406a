import type { Model } from '../../engine/machine.ts';
import { harmfulSources, NO_FACTS } from '../../engine/origins.ts';
import { fieldOf, onlyText, originsIn, thingsOf, type Value } from '../../engine/values.ts';
import { PREDICTABLE_ID, READ_ONLY } from '../../facts.ts';
import { isSecretName, noteLogged, SECRET_MAKER } from '../../logged.ts';
import { spotOf, type Notes } from '../../notes.ts';
import { pathOf } from './names.ts';

/** Calls that rules ask about by what they are given. */
const ASKED =
  /^(?:jsonwebtoken\.|jose\.(?:decodeJwt|jwtVerify|compactVerify|unsecuredJWT|UnsecuredJWT)|jwt-decode|@modelcontextprotocol\/|https?\.(?:createServer|request|get|Agent)|https?\.createServer\(\)\.listen|express|fastify|hono|@hono\/|tls\.|undici\.Agent|axios\.create|cors|Bun\.serve|mcp-handler|fastmcp)/;
const LISTENS: ReadonlySet<string> = new Set(['listen', 'serve']);
const LOGGER =
  /^(?:process\.(?:stderr|stdout)\.write|console\.(?:log|error|warn|info|debug|trace)|(?:pino|winston|bunyan|loglevel|consola)\b.*\.(?:log|error|warn|info|debug|trace|fatal))$/;
/** Notes the calls that rules ask about, and what is written to logs. It answers nothing. */
export function asked(notes: Notes): Model {
  return (call, machine) => {
    const path = pathOf(call);
    if (ASKED.test(path) || (LISTENS.has(call.name) && call.receiver !== undefined))
      notes.call(path === '' ? `.${call.name}` : `${path}${call.isNew ? '.new' : ''}`, call);
    if (path === 'Math.random' && SECRET_MAKER.test(call.frame.func?.name ?? ''))
      notes.call(PREDICTABLE_ID, { ...call, args: [] });
    if (isReadOnly(call)) notes.call(READ_ONLY, { ...call, args: [] });
    if (LOGGER.test(path))
      noteLogged(notes, call, machine, { sink: path, values: call.args, namesSecret: (each) => namesSecret(each, 0) });
    if (call.name === 'test' || call.name === 'exec' || call.name === 'match' || call.name === 'replace')
      patterns(notes, call);
    return undefined;
  };
}

/** Whether a call makes a database, or a transaction, that can only be read. */
function isReadOnly({ args }: Parameters<Model>[0]): boolean {
  return args.some(
    (each) =>
      ['readonly', 'readOnly', 'query_only'].some((name) => fieldOf(each, name)?.constants?.[0] === true) ||
      /\bREAD ONLY\b|\bquery_only\s*=\s*(?:1|ON|true)|default_transaction_read_only\s*=\s*on/i.test(
        onlyText(each) ?? '',
      ),
  );
}

const ENVIRONMENT = 'process.env';

function isSecret(path: string): boolean {
  if (path === ENVIRONMENT) return true;
  return path.startsWith(`${ENVIRONMENT}.`) && isSecretName(path.slice(ENVIRONMENT.length + 1));
}

function namesSecret(value: Value, depth: number): boolean {
  if (thingsOf(value, 'symbol').some(({ path }) => isSecret(path))) return true;
  if (depth > 3) return false;
  const held = thingsOf(value, 'object').flatMap((each) => [...each.fields.values()]);
  return [...(value.pieces ?? []), ...held].some((each) => namesSecret(each, depth + 1));
}

/** Expressions that are run on what a caller passes. */
function patterns(notes: Notes, call: Parameters<Model>[0]): void {
  const [about, where] =
    call.name === 'test' || call.name === 'exec' ? [call.args[0], call.receiver] : [call.receiver, call.args[0]];
  if (!originsIn(about).some((each) => harmfulSources(each, 0, NO_FACTS).some(({ kind }) => kind !== 'remote'))) return;
  for (const { source: text, flags, at, file } of thingsOf(where, 'pattern')) {
    if (file !== call.frame.module.file || text.length > 2000) continue;
    const handler = notes.handler === '' ? {} : { handler: notes.handler };
    notes.pattern({
      ...spotOf(call.frame.module, at),
      source: text,
      flags,
      ...handler,
      isBuilt: call.frame.module.isBuilt,
    });
  }
}
