import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { consistencyProof, inclusionProof, treeRoot, verifyConsistency, verifyInclusion } from './proof.ts';
import { createFrontier, leafHash } from './tree.ts';

/** Known answers of Certificate Transparency (RFC 6962): the leaf inputs and the roots of the first n of them. */
const INPUTS = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const LEAVES = INPUTS.map((input) => leafHash(Buffer.from(input, 'hex')));
const hex = (nodes: readonly Buffer[]): string[] => nodes.map((node) => node.toString('hex'));

test('roots of the trees of 0 to 8 leaves are those of RFC 6962', () => {
  for (const [size, root] of ROOTS.entries()) {
    assert.equal(treeRoot(LEAVES.slice(0, size)).toString('hex'), root, `size ${size}`);
  }
});

test('a frontier that is stored and read again goes on to the same roots', () => {
  for (let cut = 0; cut <= 8; cut++) {
    const first = createFrontier();
    for (const leaf of LEAVES.slice(0, cut)) first.add(leaf.toString('base64url'));
    const second = createFrontier(cut, first.nodes());
    for (const leaf of LEAVES.slice(cut)) second.add(leaf.toString('base64url'));
    assert.equal(second.root().toString('hex'), ROOTS[8], `cut at ${cut}`);
  }
  assert.throws(() => createFrontier(3, []), TypeError);
});

test('inclusion proofs are those of RFC 6962', () => {
  assert.deepEqual(hex(inclusionProof(0, LEAVES)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  assert.deepEqual(hex(inclusionProof(5, LEAVES)), [
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  assert.deepEqual(hex(inclusionProof(2, LEAVES.slice(0, 3))), [
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  ]);
  assert.deepEqual(inclusionProof(0, LEAVES.slice(0, 1)), []);
  assert.throws(() => inclusionProof(8, LEAVES), RangeError);
});

test('consistency proofs are those of RFC 6962', () => {
  assert.deepEqual(consistencyProof(1, LEAVES.slice(0, 1)), []);
  assert.deepEqual(hex(consistencyProof(6, LEAVES)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  assert.deepEqual(hex(consistencyProof(2, LEAVES.slice(0, 5))), [
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
  ]);
  assert.throws(() => consistencyProof(0, LEAVES), RangeError);
});

const leaves = fc
  .integer({ min: 1, max: 70 })
  .map((count) => Array.from({ length: count }, (_, at) => leafHash(Buffer.from(`record ${at}`))));

test('every proof verifies, and none for another index, leaf, size or root', () => {
  fc.assert(
    fc.property(leaves, fc.nat(), fc.nat(), (all, a, b) => {
      const index = a % all.length;
      const root = treeRoot(all);
      const proof = inclusionProof(index, all);
      const leaf = all[index] ?? Buffer.alloc(32);
      assert.ok(verifyInclusion(leaf, index, all.length, proof, root));
      assert.ok(!verifyInclusion(Buffer.alloc(32), index, all.length, proof, root));
      assert.ok(!verifyInclusion(leaf, index, all.length, proof, Buffer.alloc(32)));
      assert.ok(!verifyInclusion(leaf, index, all.length, [...proof, Buffer.alloc(32)], root));
      const other = b % all.length;
      if (other !== index) assert.ok(!verifyInclusion(leaf, other, all.length, proof, root));
    }),
  );
});

test('consistency holds between prefixes, and not with another tree', () => {
  fc.assert(
    fc.property(leaves, fc.nat(), (all, a) => {
      const first = (a % all.length) + 1;
      const [old, root] = [treeRoot(all.slice(0, first)), treeRoot(all)];
      const proof = consistencyProof(first, all);
      assert.ok(verifyConsistency(first, old, all.length, root, proof));
      assert.ok(!verifyConsistency(first, Buffer.alloc(32), all.length, root, proof));
      assert.ok(!verifyConsistency(first, old, all.length, Buffer.alloc(32), proof));
      if (proof.length > 0) assert.ok(!verifyConsistency(first, old, all.length, root, proof.slice(1)));
    }),
  );
});
