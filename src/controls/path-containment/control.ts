import { openNaiveTree } from '../../capabilities/files/naive-tree.ts';
import { checkRoot, openTree } from '../../capabilities/files/open-tree.ts';
import type { PathRules } from '../../capabilities/files/path.ts';
import type { Tree } from '../../capabilities/files/tree.ts';
import type { MaybePromise } from '../../pipeline/decision.ts';

/** Opens the tree under a root. */
export type OpenRoot = (root: string, rules: PathRules) => MaybePromise<Tree>;

/**
 * Holds the paths of files under their root: one spelling for each, every step taken from a folder that is open, and what
 * was opened verified before it is used. Switched off, paths are joined and followed (CWE-22, CWE-59, CWE-367).
 */
export function configure(weakened: ReadonlySet<string>): OpenRoot {
  if (!weakened.has('path-containment')) return openTree;
  return async (root) => {
    await checkRoot(root);
    return openNaiveTree(root);
  };
}
