/**
 * From the values that a guest passes to those that a host function takes (hot). A value takes 16 bytes of the stack
 * window; the result goes where the first one stood.
 */
import type { FunctionType, HostFunction } from '../engine.ts'
import type { HostAdapter } from './runtime.ts'
import { VALUE_WORDS, type StackWindow } from './stack-window.ts'

type Call = (...values: (number | bigint)[]) => number | bigint | void

/** Written out for the hostcalls that filters make all the time; any other is served value by value. */
export function adaptHostFunction(type: FunctionType, hostFunction: HostFunction): HostAdapter {
  // Its parameters are those of the type.
  const call = hostFunction as Call
  if (type.result !== 'i32' || type.params.includes('i64')) return adaptAny(type, call)
  if (type.params.length === 3) return adapt3(call)
  if (type.params.length === 4) return adapt4(call)
  return type.params.length === 5 ? adapt5(call) : adaptAny(type, call)
}

function adapt3(call: Call): HostAdapter {
  return (window, at) => {
    const { words } = window
    const result = call(words[at]!, words[at + VALUE_WORDS]!, words[at + 2 * VALUE_WORDS]!)
    window.words[at] = result as number
  }
}

function adapt4(call: Call): HostAdapter {
  return (window, at) => {
    const { words } = window
    const result = call(words[at]!, words[at + VALUE_WORDS]!, words[at + 2 * VALUE_WORDS]!, words[at + 3 * VALUE_WORDS]!)
    window.words[at] = result as number
  }
}

function adapt5(call: Call): HostAdapter {
  return (window, at) => {
    const { words } = window
    const [c, d, e] = [words[at + 2 * VALUE_WORDS]!, words[at + 3 * VALUE_WORDS]!, words[at + 4 * VALUE_WORDS]!]
    window.words[at] = call(words[at]!, words[at + VALUE_WORDS]!, c, d, e) as number
  }
}

function adaptAny({ params, result }: FunctionType, call: Call): HostAdapter {
  return (window, at) => {
    const value = call(...params.map((type, index) => read(window, type, at + index * VALUE_WORDS)))
    if (result === 'i32') window.words[at] = value as number
    else if (result === 'i64') window.longs[at / 2] = value as bigint
  }
}

function read(window: StackWindow, type: FunctionType['params'][number], at: number): number | bigint {
  return type === 'i32' ? window.words[at]! : window.longs[at / 2]!
}
