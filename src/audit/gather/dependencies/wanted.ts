import { isCommit, sourceOf } from './locked.ts';

/** A dependency as a project asks for it. */
export interface Wanted {
  readonly name: string;
  /** As it is written, without credentials. */
  readonly range: string;
  readonly line: number;
  readonly column: number;
  /** Whether it is needed to run, and not only to develop. */
  readonly isOfRuntime: boolean;
  readonly from: 'registry' | 'git' | 'url' | 'folder';
  /** Whether any version at all fits. */
  readonly isOpen: boolean;
  /** Whether it is one commit or one archive with a digest; registry ranges are not looked at. */
  readonly isExact: boolean;
}

/** What a range of npm asks for. */
export function wantedOf(name: string, range: string): Omit<Wanted, 'line' | 'column' | 'isOfRuntime'> {
  const plain = range.trim();
  const alias = /^npm:(?:@[^/]+\/)?[^@]+(?:@(.*))?$/.exec(plain);
  const version = alias === null ? plain : (alias[1] ?? '');
  const isShort = /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(version);
  const { from } = sourceOf(isShort ? `github:${version}` : version);
  const isOurs = /^(?:workspace|catalog|link|portal|file|patch):/.test(version);
  return {
    name,
    range: plain.replace(/\/\/[^/@\s]*@/, '//').slice(0, 200),
    from: isOurs ? 'folder' : from,
    isOpen: from === 'registry' && !isOurs && /^(?:|\*|x|latest|next|>=?\s*\d[\w.-]*)$/i.test(version),
    isExact: from === 'git' && isCommit(version),
  };
}
