/**
 * Transform of asc for the modules of the suite: runs the passes that Binaryen itself has for size before asc runs its own, which leave
 * functions with one caller as they are. It is not for everybody: a function that has become part of its caller is no line of a backtrace.
 */
import binaryen from 'assemblyscript/binaryen'

const FOR_SIZE = 2
/** Functions of so many bytes become part of all their callers, of several, or of their only one. */
const INLINED = { always: 2, several: 20, once: 1_000_000 }

export default class Shrink {
  /** @param {import("assemblyscript/binaryen").Module} module */
  afterCompile(module) {
    binaryen.setOptimizeLevel(FOR_SIZE)
    binaryen.setShrinkLevel(FOR_SIZE)
    binaryen.setAlwaysInlineMaxSize(INLINED.always)
    binaryen.setFlexibleInlineMaxSize(INLINED.several)
    binaryen.setOneCallerInlineMaxSize(INLINED.once)
    // The SDK's transform reads the data afterwards, as asc has laid it out.
    binaryen.addPassToSkip('memory-packing')
    module.optimize()
    binaryen.clearPassesToSkip()
  }
}
