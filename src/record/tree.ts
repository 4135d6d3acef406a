import { hash } from 'node:crypto';

/** Bytes of a node of the tree. */
export const NODE_BYTES = 32;

/** The hash of the empty tree, SHA-256 of nothing (RFC 6962 section 2.1), in base64url: `prev` of the first record. */
export const EMPTY_TREE = '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU';

/** Hash of a leaf: SHA-256 of 0x00 and the record's line without its newline (RFC 6962 section 2.1). */
export function leafHash(line: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Uint8Array.of(0), line]), 'buffer');
}

/** Hash of an inner node: SHA-256 of 0x01, left and right (RFC 6962 section 2.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([Uint8Array.of(1), left, right]), 'buffer');
}

/** The right edge of a growing tree: the roots of its perfect subtrees, largest first when listed. */
export interface Frontier {
  /** Leaves so far. */
  readonly size: number;
  /** Appends a leaf hash, in base64url. */
  add(leaf: string): void;
  /** The root of the tree as it stands (RFC 6962 section 2.1). */
  root(): Buffer;
  /** Copies of the subtree roots, largest subtree first: one per set bit of `size`. */
  nodes(): Buffer[];
}

/**
 * Makes a frontier, empty or from what `nodes()` gave for a tree of `size` leaves.
 *
 * @throws TypeError when the number of nodes does not fit the size.
 */
export function createFrontier(size = 0, nodes: readonly Buffer[] = []): Frontier {
  /** Slot `n` holds the root of a perfect subtree of 2^n leaves, when bit n of the size is set. */
  const slots = Buffer.alloc(53 * NODE_BYTES);
  const pair = Buffer.alloc(1 + 2 * NODE_BYTES);
  pair[0] = 1;
  let count = size;

  const levels = (): number[] => {
    const set: number[] = [];
    for (let level = 0, rest = count; rest > 0; level++, rest = Math.floor(rest / 2))
      if (rest % 2 === 1) set.push(level);
    return set.reverse();
  };

  const given = levels();
  if (given.length !== nodes.length) throw new TypeError('a frontier needs one node per set bit of its size');
  given.forEach((level, at) => nodes[at]?.copy(slots, level * NODE_BYTES));

  return {
    get size() {
      return count;
    },
    add(leaf) {
      let level = 0;
      let carried = leaf;
      let form: 'base64url' | 'latin1' = 'base64url';
      for (let rest = count; rest % 2 === 1; rest = (rest - 1) / 2, level++) {
        slots.copy(pair, 1, level * NODE_BYTES, (level + 1) * NODE_BYTES);
        pair.write(carried, 1 + NODE_BYTES, NODE_BYTES, form);
        carried = hash('sha256', pair, 'binary');
        form = 'latin1';
      }
      slots.write(carried, level * NODE_BYTES, NODE_BYTES, form);
      count++;
    },
    root() {
      let root: Buffer | undefined;
      for (const node of this.nodes().toReversed()) root = root === undefined ? node : nodeHash(node, root);
      return root ?? Buffer.from(EMPTY_TREE, 'base64url');
    },
    nodes: () => levels().map((level) => Buffer.from(slots.subarray(level * NODE_BYTES, (level + 1) * NODE_BYTES))),
  };
}
