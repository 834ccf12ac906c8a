/**
 * From the values that a guest passes to those that a host function takes (hot). A value takes 16 bytes of the stack
 * window; the result goes where the first one stood.
 */
import type { FunctionType, HostFunction } from '../engine.ts'
import type { HostAdapter } from './runtime.ts'
import { VALUE_WORDS } from './stack-window.ts'

type Call = (...values: (number | bigint)[]) => number | bigint | void

/** Words from the first value to the others. */
const SECOND = VALUE_WORDS
const THIRD = 2 * VALUE_WORDS
const FOURTH = 3 * VALUE_WORDS
const FIFTH = 4 * VALUE_WORDS

/** Written out for the hostcalls that filters make all the time; any other is served value by value. */
export function adaptHostFunction(type: FunctionType, hostFunction: HostFunction): HostAdapter {
  // Its parameters are those of the type.
  const call = hostFunction as Call
  if (type.result !== 'i32' || type.params.includes('i64')) return adaptAny(type, call)
  const adapt = [null, adapt1, adapt2, adapt3, adapt4, adapt5][type.params.length] ?? null
  return adapt === null ? adaptAny(type, call) : adapt(call)
}

// The views are taken before the call: an index belongs to the views that it was found with.

function adapt1(call: Call): HostAdapter {
  return ({ words }, at) => {
    words[at] = call(words[at]!) as number
  }
}

function adapt2(call: Call): HostAdapter {
  return ({ words }, at) => {
    words[at] = call(words[at]!, words[at + SECOND]!) as number
  }
}

function adapt3(call: Call): HostAdapter {
  return ({ words }, at) => {
    words[at] = call(words[at]!, words[at + SECOND]!, words[at + THIRD]!) as number
  }
}

function adapt4(call: Call): HostAdapter {
  return ({ words }, at) => {
    words[at] = call(words[at]!, words[at + SECOND]!, words[at + THIRD]!, words[at + FOURTH]!) as number
  }
}

function adapt5(call: Call): HostAdapter {
  return ({ words }, at) => {
    const fifth = words[at + FIFTH]!
    words[at] = call(words[at]!, words[at + SECOND]!, words[at + THIRD]!, words[at + FOURTH]!, fifth) as number
  }
}

function adaptAny({ params, result }: FunctionType, call: Call): HostAdapter {
  return ({ words, longs }, at) => {
    const values = params.map((type, index) => {
      const place = at + index * VALUE_WORDS
      return type === 'i32' ? words[place]! : longs[place / 2]!
    })
    const value = call(...values)
    if (result === 'i32') words[at] = value as number
    else if (result === 'i64') longs[at / 2] = value as bigint
  }
}
