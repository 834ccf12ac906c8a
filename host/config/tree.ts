/**
 * YAML or JSON text as a plain tree with positions. Aliases are resolved, plain words are read as Envoy's YAML
 * library reads them; repeated keys are kept for the caller to refuse, and `<<` is a key like any other, as in Envoy.
 */
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Alias, Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml'
import { SluiceError } from '../errors.ts'

/** One configuration text and the name under which faults mention it. */
export interface ConfigText {
  readonly name: string
  readonly text: string
}

/** One-based. */
export interface Position {
  readonly line: number
  readonly column: number
}

export type Tree = MapTree | ListTree | ScalarTree

export interface MapTree {
  readonly kind: 'map'
  readonly at: Position
  readonly entries: readonly TreeEntry[]
}

export interface ListTree {
  readonly kind: 'list'
  readonly at: Position
  readonly items: readonly Tree[]
}

export interface ScalarTree {
  readonly kind: 'scalar'
  readonly at: Position
  readonly value: string | number | bigint | boolean | null
}

export interface TreeEntry {
  readonly key: string
  readonly at: Position
  readonly value: Tree
}

/** Either the tree, or what makes the text unreadable. */
export interface ParsedText {
  readonly tree: Tree
  readonly errors: readonly SluiceError[]
}

/** As many levels as protobuf's JSON parsers allow. */
const MAX_DEPTH = 100
/** Keeps nested aliases from growing a small file into a huge one. */
const MAX_NODES = 1_000_000

/** Words that Envoy's YAML library takes for booleans besides those of YAML 1.2. */
const TRUE_WORD = /^(y|Y|yes|Yes|YES|on|On|ON)$/
const FALSE_WORD = /^(n|N|no|No|NO|off|Off|OFF)$/

/** Parses one text; an empty text is an empty map. */
export function parseTree(source: ConfigText): ParsedText {
  const lines = new LineCounter()
  const document = parseDocument(source.text, {
    intAsBigInt: true,
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: lines,
  })
  const errors = [...document.errors, ...document.warnings].map((fault) => {
    const position = toPosition(lines, fault.pos[0])
    return new SluiceError('SLUICE_CONFIG_SYNTAX', `Not YAML or JSON: ${fault.message}`, { path: source.name, ...position })
  })
  if (errors.length > 0) return { tree: emptyMap(), errors }
  return new TreeBuilder(source, document, lines).build()
}

function toPosition(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line, column: col }
}

function emptyMap(): MapTree {
  return { kind: 'map', at: { line: 1, column: 1 }, entries: [] }
}

class TreeBuilder {
  readonly #source: ConfigText
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #errors: SluiceError[] = []
  readonly #targets = new Map<Alias, Node | null>()
  #nodes = 0

  constructor(source: ConfigText, document: Document, lines: LineCounter) {
    this.#source = source
    this.#document = document
    this.#lines = lines
  }

  build(): ParsedText {
    const root = this.#document.contents
    const tree = root === null ? emptyMap() : this.#node(root as Node, 0)
    const isEmpty = tree.kind === 'scalar' && tree.value === null
    return { tree: isEmpty ? emptyMap() : tree, errors: this.#errors }
  }

  #node(node: Node | null, depth: number): Tree {
    if (depth > MAX_DEPTH) return this.#refuse(node, `more than ${MAX_DEPTH} levels`)
    if (++this.#nodes > MAX_NODES) return this.#refuse(node, `more than ${MAX_NODES} values`)
    if (isAlias(node)) return this.#node(this.#target(node), depth + 1)
    if (isMap(node)) return this.#map(node, depth)
    if (isSeq(node)) return this.#list(node, depth)
    return { kind: 'scalar', at: this.#at(node), value: isScalar(node) ? scalarValue(node) : null }
  }

  /** Looked up once, as the library searches the whole document for each alias. */
  #target(alias: Alias): Node | null {
    let target = this.#targets.get(alias)
    if (target === undefined) {
      target = (alias.resolve(this.#document) as Node | undefined) ?? null
      this.#targets.set(alias, target)
    }
    return target
  }

  #map(node: YAMLMap, depth: number): MapTree {
    const entries = node.items.map((pair) => this.#entry(pair as Pair<Node, Node | null>, depth))
    return { kind: 'map', at: this.#at(node), entries }
  }

  #entry(pair: Pair<Node, Node | null>, depth: number): TreeEntry {
    const key = this.#node(pair.key, depth + 1)
    if (key.kind !== 'scalar') this.#refuse(pair.key, 'a key that is not text')
    const name = isScalar(pair.key) && pair.key.source !== undefined ? pair.key.source : 'null'
    return { key: name, at: this.#at(pair.key), value: this.#node(pair.value, depth + 1) }
  }

  #list(node: YAMLSeq, depth: number): ListTree {
    const items = node.items.map((item) => this.#node(item as Node, depth + 1))
    return { kind: 'list', at: this.#at(node), items }
  }

  #at(node: Node | null): Position {
    return toPosition(this.#lines, node?.range?.[0] ?? 0)
  }

  /** Reports the first fault of a kind that could repeat without end. */
  #refuse(node: Node | null, what: string): ScalarTree {
    const at = this.#at(node)
    const detail = { path: this.#source.name, ...at }
    if (this.#errors.length === 0) this.#errors.push(new SluiceError('SLUICE_CONFIG_SYNTAX', `Cannot be read: ${what}`, detail))
    return { kind: 'scalar', at, value: null }
  }
}

function scalarValue(node: Scalar): ScalarTree['value'] {
  const value = node.value
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
  const text = String(value)
  if (node.type !== 'PLAIN' || node.tag !== undefined) return text
  if (TRUE_WORD.test(text)) return true
  return FALSE_WORD.test(text) ? false : text
}
