import type { OutsideCall } from '../../engine/machine.ts';

/** The way to what is called, without what does not matter: `fs.promises` is `fs`, and the package of a scope is kept. */
export function pathOf({ symbol }: Pick<OutsideCall, 'symbol'>): string {
  return (symbol?.path ?? '')
    .replace(/^(?:globalThis|window|global)\./, '')
    .replace(/^(?:fs\/promises|fs\.promises|fs-extra|graceful-fs)(?=\.|$)/, 'fs')
    .replace(/\.default(?=\.|$)/g, '');
}
