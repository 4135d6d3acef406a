import type { Model } from '../../engine/machine.ts';
import { fieldOf } from '../../engine/values.ts';
import type { Notes } from '../../notes.ts';
import { noteStarted } from '../../started-servers.ts';
import { pathOf } from './names.ts';

const TRANSPORT = /^@modelcontextprotocol\/.*\bStdioClientTransport$/;

/** Notes servers that a client starts. It answers nothing. */
export function clients(notes: Notes): Model {
  return (call) => {
    const [options] = call.args;
    if (TRANSPORT.test(pathOf(call)))
      noteStarted(notes, call, { command: fieldOf(options, 'command'), environment: fieldOf(options, 'env') });
    return undefined;
  };
}
