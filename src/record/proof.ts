import { createFrontier, nodeHash } from './tree.ts';

/** Root of a tree over leaf hashes (RFC 6962 section 2.1). */
export function treeRoot(leaves: readonly Buffer[]): Buffer {
  const frontier = createFrontier();
  for (const leaf of leaves) frontier.add(leaf.toString('base64url'));
  return frontier.root();
}

/** The largest power of two smaller than `size`, for a size of at least 2. */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

function bounded(name: string, value: number, low: number, high: number): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw new RangeError(`${name} must be a whole number from ${low} to ${high}`);
  }
}

/**
 * The hashes that lead from leaf `index` to the root of the tree over `leaves` (RFC 6962 section 2.1.1).
 *
 * @throws RangeError when there is no such leaf.
 */
export function inclusionProof(index: number, leaves: readonly Buffer[]): Buffer[] {
  bounded('index', index, 0, leaves.length - 1);
  if (leaves.length === 1) return [];
  const half = split(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return index < half
    ? [...inclusionProof(index, left), treeRoot(right)]
    : [...inclusionProof(index - half, right), treeRoot(left)];
}

/** Whether `leaf` is at `index` of the tree of `size` leaves with this root (RFC 9162 section 2.1.3.2). */
export function verifyInclusion(
  leaf: Buffer,
  index: number,
  size: number,
  proof: readonly Buffer[],
  root: Buffer,
): boolean {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let node = index;
  let last = size - 1;
  let hash = leaf;
  for (const sibling of proof) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      hash = nodeHash(hash, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && hash.equals(root);
}

function subproof(first: number, leaves: readonly Buffer[], whole: boolean): Buffer[] {
  if (first === leaves.length) return whole ? [] : [treeRoot(leaves)];
  const half = split(leaves.length);
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)];
  return first <= half
    ? [...subproof(first, left, whole), treeRoot(right)]
    : [...subproof(first - half, right, false), treeRoot(left)];
}

/**
 * The hashes that show that the tree of the first `first` leaves is a prefix of the tree over `leaves`
 * (RFC 6962 section 2.1.2).
 *
 * @throws RangeError when `first` is not between 1 and the number of leaves.
 */
export function consistencyProof(first: number, leaves: readonly Buffer[]): Buffer[] {
  bounded('first', first, 1, leaves.length);
  return subproof(first, leaves, true);
}

/** Whether the tree of `second` leaves extends the tree of `first` leaves (RFC 9162 section 2.1.4.2). */
export function verifyConsistency(
  first: number,
  firstRoot: Buffer,
  second: number,
  secondRoot: Buffer,
  proof: readonly Buffer[],
): boolean {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(second) || first < 1 || first > second) return false;
  if (first === second) return proof.length === 0 && firstRoot.equals(secondRoot);
  const path = Number.isInteger(Math.log2(first)) ? [firstRoot, ...proof] : [...proof];
  const start = path.shift();
  if (start === undefined) return false;
  let node = first - 1;
  let last = second - 1;
  while (node % 2 === 1) [node, last] = [(node - 1) / 2, Math.floor(last / 2)];
  let old = start;
  let next = start;
  for (const sibling of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      old = nodeHash(sibling, old);
      next = nodeHash(sibling, next);
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)];
    } else {
      next = nodeHash(next, sibling);
    }
    [node, last] = [Math.floor(node / 2), Math.floor(last / 2)];
  }
  return last === 0 && old.equals(firstRoot) && next.equals(secondRoot);
}
