/** What the log says of a trap: Envoy's lines, with places in the source where a source map tells them. */
import type { VmTrap } from '../vm/engine.ts'
import { GuestSourceMap } from '../vm/source-map.ts'

/** The trap of the callback `name`; `sourceMap` is the one beside the module, or null. */
export function backtraceText(name: string, trap: VmTrap, sourceMap: Uint8Array | null): string {
  let text = `Function: ${name} failed: Uncaught ${trap.message}`
  if (trap.frames.length === 0) return text
  text += '\nProxy-Wasm plugin in-VM backtrace:'
  const map = sourceMap === null ? null : GuestSourceMap.of(sourceMap)
  trap.frames.forEach(({ func, originalOffset }, index) => {
    const position = map?.positionOf(originalOffset) ?? null
    text += `\n  ${index}:  0x${originalOffset.toString(16)} - ${func}${position === null ? '' : ` at ${position}`}`
  })
  return text
}
