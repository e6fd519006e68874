// A tree over LEAVES statements and all its proofs, by merkletreejs with SHA-256.
// usage: node tree.mjs LEAVES STATEMENT_BYTES; prints one JSON document.
import { createHash } from 'node:crypto'
import { MerkleTree } from 'merkletreejs'

const [count, size] = process.argv.slice(2).map(Number)
const sha256 = (data) => createHash('sha256').update(data).digest()
const statements = Array.from({ length: count }, (_, index) => {
  const bytes = Buffer.alloc(size)
  bytes.writeUInt32BE(index, size - 4)
  return bytes
})
const began = process.hrtime.bigint()
const leaves = statements.map(sha256)
const tree = new MerkleTree(leaves, sha256)
const root = tree.getRoot()
let kept
leaves.forEach((leaf, index) => {
  const proof = tree.getProof(leaf, index)
  if (index === count - 2) kept = proof
})
const seconds = Number(process.hrtime.bigint() - began) / 1e9
const verified = tree.verify(kept, leaves[count - 2], root)
console.log(JSON.stringify({ seconds, verified }))
