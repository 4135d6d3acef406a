import type { Call, OutsideCall } from '../../engine/machine.ts';
import type { Value } from '../../engine/values.ts';

/** The way to what is called, by the name under which the reference of Python has it. */
export function pathOf({ symbol }: Pick<OutsideCall, 'symbol'>): string {
  return (symbol?.path ?? '')
    .replace(/^builtins\./, '')
    .replace(/^(?:posixpath|ntpath)(?=\.|$)/, 'os.path')
    .replace(/^pathlib\.(?:Posix|Windows|Pure|PurePosix)?Path(?=\(|\.|$)/, 'pathlib.Path');
}

/** An argument by its place or by its name. */
export function argument({ args, named }: Pick<Call, 'args' | 'named'>, at: number, name: string): Value | undefined {
  return named?.get(name) ?? args[at];
}
