import type { Model } from '../../engine/machine.ts';
import type { Notes } from '../../notes.ts';
import { pathOf } from './names.ts';

/** What makes a server: a target that has one and no handler is one of which nothing was understood. */
const SERVER = /^(?:mcp\.server|fastmcp)(?:\.\w+)*\.(?:FastMCP|MCPServer|Server)$/;

/** Notes the calls that rules ask about. It answers nothing. */
export function asked(notes: Notes): Model {
  return (call) => {
    const path = pathOf(call);
    if (SERVER.test(path)) notes.call(path, call);
    return undefined;
  };
}
