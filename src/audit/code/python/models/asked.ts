import type { Model, OutsideCall } from '../../engine/machine.ts';
import { objectOf, onlyText, thing, thingsOf, type Value } from '../../engine/values.ts';
import { PREDICTABLE_ID } from '../../facts.ts';
import { isSecretName, noteLogged, SECRET_MAKER } from '../../logged.ts';
import type { Notes } from '../../notes.ts';
import { pathOf } from './names.ts';

/** What makes a server: a target that has one and no handler is one of which nothing was understood. */
const SERVER = /^(?:mcp\.server|fastmcp)(?:\.\w+)*\.(?:FastMCP|MCPServer|Server)$/;
/** Transports, what listens, and what reads tokens, as rules ask about them. */
const ASKED =
  /^(?:mcp\.server(?:\.\w+)*\.(?:StreamableHTTPSessionManager|StreamableHTTPServerTransport|SseServerTransport|websocket_server|TransportSecuritySettings)|(?:mcp\.server|fastmcp)(?:\.\w+)*\.(?:FastMCP|MCPServer)\(\)\.run(?:_\w+)?|fastmcp(?:\.\w+)*\.(?:JWTVerifier|BearerAuthProvider)|(?:starlette|fastapi)(?:\.\w+)*\.TrustedHostMiddleware|uvicorn\.(?:run|Config)|aiohttp\.web\.(?:run_app|TCPSite)|(?:flask\.Flask|quart\.Quart|sanic\.Sanic)\(\)\.run|http\.server\.(?:Threading)?HTTPServer|jwt\.(?:api_jwt\.)?(?:decode|decode_complete)|jose\.jwt\.(?:decode|get_unverified_claims)|authlib\.jose\.(?:jwt|JsonWebToken\(\))\.decode)$/;
const LOGGER =
  /^(?:print|sys\.std(?:err|out)\.write|warnings\.warn|(?:logging|loguru|structlog)\b.*\.(?:debug|info|warning|warn|error|critical|exception|log|trace|success))$/;
const GUESSABLE =
  /^(?:(?:numpy\.)?random\.(?:Random\(\)\.)?(?:random|randint|randrange|choices?|sample|getrandbits|randbytes|uniform)|uuid\.uuid1)$/;

/** Notes the calls that rules ask about, and what is written to logs. It answers nothing. */
export function asked(notes: Notes): Model {
  return (call, machine) => {
    const path = pathOf(call);
    if (SERVER.test(path) || ASKED.test(path)) notes.call(path, { ...call, args: [namedOf(call), ...call.args] });
    if (GUESSABLE.test(path) && SECRET_MAKER.test(call.frame.func?.name ?? ''))
      notes.call(PREDICTABLE_ID, { ...call, args: [] });
    if (LOGGER.test(path)) {
      const values = [...call.args, ...(call.named?.values() ?? [])];
      noteLogged(notes, call, machine, { sink: path, values, namesSecret: (each) => namesSecret(each, 0) });
    }
    return undefined;
  };
}

/** What is passed by name, as the fields of one object that stands before what is passed in order. */
function namedOf({ named, moreNamed, isOpen }: OutsideCall): Value {
  return thing(objectOf(named ?? [], isOpen === true || moreNamed !== undefined ? {} : undefined));
}

const ENVIRONMENT = 'os.environ';

function isSecret(path: string): boolean {
  if (path === ENVIRONMENT) return true;
  return path.startsWith(`${ENVIRONMENT}.`) && isSecretName(path.slice(ENVIRONMENT.length + 1));
}

function namesSecret(value: Value, depth: number): boolean {
  if (thingsOf(value, 'symbol').some(({ path }) => isSecret(path))) return true;
  if (depth > 3 || onlyText(value) !== undefined) return false;
  const held = thingsOf(value, 'object').flatMap((each) => [...each.fields.values()]);
  return [...(value.pieces ?? []), ...held].some((each) => namesSecret(each, depth + 1));
}
