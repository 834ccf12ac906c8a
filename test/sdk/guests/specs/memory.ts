import { Bytes, BytesBuilder, OwnedBytes, Random, utf8 } from '@sluice/sdk'
import { arenaAllocate } from '@sluice/sdk/abi/arena'
import { equal, nextCallback, nextTurn, same, spec } from './support/spec'

class Node {
  left: Node | null = null
  right: Node | null = null

  constructor(
    readonly value: i32,
    readonly text: OwnedBytes,
  ) {}
}

function makeTree(depth: i32, value: i32): Node {
  const node = new Node(value, BytesBuilder.create().addI64(value).toBytes().toOwned())
  if (depth > 0) {
    node.left = makeTree(depth - 1, value * 2)
    node.right = makeTree(depth - 1, value * 2 + 1)
  }
  return node
}

function check(node: Node | null, depth: i32, value: i32): void {
  equal(node !== null, depth >= 0)
  if (node === null) return
  equal(node.value, value)
  same(node.text.view, BytesBuilder.create().addI64(value).toBytes())
  check(node.left, depth - 1, value * 2)
  check(node.right, depth - 1, value * 2 + 1)
}

let root: Node | null = null
let list: Array<OwnedBytes> | null = null

spec('collector: keeps what globals reach', () => {
  root = makeTree(6, 1)
  nextCallback()
  check(root, 6, 1)
  root!.left = makeTree(5, 2)
  nextCallback()
  check(root, 6, 1)
  root = null
})

/** A node below `node`, chosen by the bits of `path`. */
function descend(node: Node, path: u32): Node {
  let at = node
  for (let steps = path & 7; steps; steps--, path >>= 1) {
    const next = path & 8 ? at.left : at.right
    if (next === null) return at
    at = next
  }
  return at
}

/** Number of nodes whose text is their value. */
function countIntact(node: Node | null): i32 {
  if (node === null) return 0
  const wanted = BytesBuilder.create().addI64(node.value).toBytes()
  return i32(node.text.view.equals(wanted)) + countIntact(node.left) + countIntact(node.right)
}

spec('collector: keeps what is moved while a cycle runs', () => {
  const random = new Random(1)
  root = makeTree(8, 1)
  for (let round = 0; round < 4000; round++) {
    // The halves swap subtrees: some go from what is not looked at yet into what is.
    const first = descend(root!.left!, random.u32())
    const second = descend(root!.right!, random.u32())
    const moved = first.left
    first.left = second.right
    second.right = moved
    makeTree(2, 1)
    nextTurn()
    if (round % 50 == 0) equal(countIntact(root), 511)
  }
  root = null
})

spec('collector: keeps what containers hold when they grow', () => {
  list = new Array<OwnedBytes>()
  for (let i = 0; i < 500; i++) {
    list!.push(BytesBuilder.create().addI64(i).toBytes().toOwned())
    if (i % 50 == 0) nextCallback()
  }
  for (let i = 0; i < 500; i++) same(list![i].view, BytesBuilder.create().addI64(i).toBytes())
  list = null
})

spec('collector: keeps strings', () => {
  let text = ''
  for (let i = 0; i < 100; i++) text += i.toString()
  equal(text.length, 190)
})

spec('owned bytes: outlive the callback', () => {
  const owned = utf8('value').toOwned()
  same(owned.view, utf8('value'))
  equal(owned.length, 5)
  same(OwnedBytes.absent().view, Bytes.absent)
  same(Bytes.absent.toOwned().view, Bytes.absent)
  same(Bytes.empty.toOwned().view, Bytes.empty)
})

spec('arena: hands out what was not handed out before', () => {
  const first = arenaAllocate(100)
  memory.fill(first, 1, 100)
  const second = arenaAllocate(20000)
  memory.fill(second, 2, 20000)
  for (let i: usize = 0; i < 100; i++) equal(load<u8>(first + i), <u8>1)
  equal(<i32>second & 7, 0)
  equal(<i32>arenaAllocate(300 << 20), 0)
})

spec('builder: grows without losing bytes', () => {
  const builder = BytesBuilder.create()
  for (let i = 0; i < 5000; i++) builder.addByte(<u8>i)
  const bytes = builder.toBytes()
  equal(bytes.length, 5000)
  for (let i = 0; i < 5000; i++) equal(bytes[i], <u8>i)
  builder.add(utf8('more'))
  equal(bytes.length, 5000)
})

spec('builder: writes numbers and characters', () => {
  same(BytesBuilder.create().addU64(u64.MAX_VALUE).toBytes(), utf8('18446744073709551615'))
  same(BytesBuilder.create().addI64(i64.MIN_VALUE).toBytes(), utf8('-9223372036854775808'))
  same(BytesBuilder.create().addU64(0).addI64(-1).toBytes(), utf8('0-1'))
  const points = BytesBuilder.create().addCodePoint(0x41).addCodePoint(0xe9).addCodePoint(0x20ac)
  same(points.addCodePoint(0x1f600).toBytes(), utf8('Aé€😀'))
})
