import type { Model } from '../../engine/machine.ts';
import type { Notes } from '../../notes.ts';
import { noteStarted } from '../../started-servers.ts';
import { argument, pathOf } from './names.ts';

const STARTS = /^(?:mcp(?:\.\w+)*\.StdioServerParameters|fastmcp(?:\.\w+)*\.StdioTransport)$/;

/** Notes servers that a client starts. It answers nothing. */
export function clients(notes: Notes): Model {
  return (call) => {
    if (STARTS.test(pathOf(call)))
      noteStarted(notes, call, { command: argument(call, 0, 'command'), environment: argument(call, 2, 'env') });
    return undefined;
  };
}
