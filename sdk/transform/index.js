// Compiler transform: `utf8("x-name")` becomes static data.
//
// Every file that imports `utf8` from the SDK is walked; the literal argument of each call
// is replaced by a global constant that a generated library file defines once per text:
//
//   @global @lazy const __utf8_0: usize = memory.data<u8>([10,0,0,0, 6,0,0,0, 0, 0, 120, …], 4)
//
// The data is the cell of a `Bytes` (distance, length) followed by the UTF-8 bytes. The distance
// says what the text may be as a header (bytes/literal-kind.ts), so that nothing has to look at
// it with every request. The generated file is library code, so filters still compile with `--noUnsafe`.
//
// It also refuses a build whose top-level code would run in the wasm start section: a hostcall
// there ends the process of a real Envoy.

import { readFileSync } from 'node:fs'
import { Node, NodeKind, DiagnosticCode, LiteralKind } from 'assemblyscript'
import { joinData } from './join-data.js'

const FUNCTION = 'utf8'
const GENERATED_FILE = '~lib/@sluice/sdk/generated/utf8.ts'
const START = '_initialize'
const MINIMAL_RUNTIME = 1
const STANDARD_RUNTIME = /^~lib\/rt\/(?:tlsf|tcms)\.ts$/
const OTHER = 8
const VALUE = 9
const NAME = 10
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/
const FRAMING = new Set(['upgrade', 'connection', 'keep-alive', 'content-length', 'proxy-connection', 'transfer-encoding'])
const SDK_SOURCE = /^(?:@sluice\/sdk(?:\/.*)?|\.{1,2}\/.*)$/

/** Rewrites `utf8` calls of a program; asc makes one instance per compilation. */
export default class Utf8Transform {
  /** @type {Map<string, string>} text → name of its constant */
  #constants = new Map()

  /**
   * Called by asc once all files are parsed.
   * @param {import("assemblyscript").Parser} parser
   */
  afterParse(parser) {
    if (this.program.options.exportStart !== START) {
      report(parser, null, `use --exportStart ${START}: a hostcall in the start section ends Envoy`)
    }
    this.#replaceRuntime(parser)
    for (const source of parser.sources) {
      if (isStandardLibrary(source)) dropMessages(source)
      const names = localNames(source)
      if (names.size > 0) this.#rewrite(parser, source, names)
    }
    parser.parseFile(this.#generatedText(), GENERATED_FILE, false)
  }

  /**
   * Joins the module's data, and names the SDK in its `producers` section, for `sluice inspect` and other tools.
   * @param {import("assemblyscript/binaryen").Module} module
   */
  afterCompile(module) {
    joinData(module)
    const { name, version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    const fields = [
      ['language', 'AssemblyScript', ''],
      ['processed-by', name, version],
    ]
    const content = fields.flatMap(([field, value, release]) => [...vector(field), 1, ...vector(value), ...vector(release)])
    module.addCustomSection('producers', Uint8Array.from([fields.length, ...content]))
  }

  /** The SDK brings its own collector, which needs no shadow stack: asc's must be one of that kind. */
  #replaceRuntime(parser) {
    if (this.program.options.runtime !== MINIMAL_RUNTIME) report(parser, null, 'use --runtime minimal, which the SDK replaces')
    for (const source of parser.sources) {
      if (STANDARD_RUNTIME.test(source.normalizedPath)) source.statements = []
    }
  }

  #rewrite(parser, source, names) {
    walk(source.statements, (node) => {
      if (node.kind !== NodeKind.Call || !isName(node.expression, names)) return
      const text = literalOf(node)
      if (text === null) return report(parser, node.range, 'utf8() takes one string literal')
      if (!text.isWellFormed()) return report(parser, node.range, 'utf8() literal has a lone surrogate')
      node.args[0] = Node.createIdentifierExpression(this.#constantFor(text), node.args[0].range)
    })
  }

  #constantFor(text) {
    let name = this.#constants.get(text)
    if (name === undefined) {
      name = `__utf8_${this.#constants.size}`
      this.#constants.set(text, name)
    }
    return name
  }

  #generatedText() {
    let text = 'import "../runtime/collector";\n'
    for (const [literal, name] of this.#constants) {
      text += `@global @lazy const ${name}: usize = memory.data<u8>([${cell(literal)}], 1);\n`
    }
    return text
  }
}

function isStandardLibrary(source) {
  return source.normalizedPath.startsWith('~lib/') && !source.normalizedPath.startsWith('~lib/@')
}

/** What asc's library throws says where it was thrown; its messages, two bytes a letter, say no more. */
function dropMessages(source) {
  walk(source.statements, (node) => {
    if (node.kind === NodeKind.Throw && node.value.kind === NodeKind.New) node.value.args = []
  })
}

/** A short text in the binary format: its length, then its bytes. */
function vector(value) {
  return [value.length, ...new TextEncoder().encode(value)]
}

/** Local names under which a file imports `utf8` (an alias counts). */
function localNames(source) {
  const names = new Set()
  for (const statement of source.statements) {
    if (statement.kind !== NodeKind.Import || !statement.declarations) continue
    if (!SDK_SOURCE.test(statement.path.value)) continue
    for (const declaration of statement.declarations) {
      if (declaration.foreignName.text === FUNCTION) names.add(declaration.name.text)
    }
  }
  return names
}

function isName(expression, names) {
  return expression.kind === NodeKind.Identifier && names.has(expression.text)
}

/** Text of the only argument, or null when that is not a string literal. */
function literalOf(call) {
  const [argument] = call.args
  if (call.args.length !== 1 || argument.kind !== NodeKind.Literal) return null
  return argument.literalKind === LiteralKind.String ? argument.value : null
}

function report(parser, range, message) {
  parser.error(DiagnosticCode.User_defined_0, range, message)
}

/** Bytes of the view's cell and of the text behind it. */
function cell(text) {
  const bytes = new TextEncoder().encode(text)
  const header = new Uint8Array(kindOf(text))
  const view = new DataView(header.buffer)
  view.setUint32(0, header.length, true)
  view.setUint32(4, bytes.length, true)
  return [...header, ...bytes].join(',')
}

/** The `LiteralKind` of a text. */
function kindOf(text) {
  if (TOKEN.test(text) && !FRAMING.has(text.toLowerCase())) return NAME
  return CONTROL.test(text) ? OTHER : VALUE
}

/** Visits every syntax node reachable from `root`, each once. */
function walk(root, visit) {
  const seen = new Set()
  const pending = [root]
  while (pending.length > 0) {
    const value = pending.pop()
    if (value === null || typeof value !== 'object' || seen.has(value)) continue
    seen.add(value)
    if (value instanceof Node) visit(value)
    for (const key of Object.keys(value)) {
      if (key !== 'range' && key !== 'source') pending.push(value[key])
    }
  }
}
