// The form of the specs: a module's name, a statement about it, code that traps when it is not true.

import { Bytes } from '@sluice/sdk/bytes/bytes'
import { enterCallback, leaveCallback } from '@sluice/sdk/context/callback'
import { die } from '@sluice/sdk/hostcalls/log'

/** Context id that callbacks of specs run for. */
const CONTEXT: u32 = 1

class Spec {
  constructor(
    readonly name: string,
    readonly body: () => void,
  ) {}
}

const specs: Spec[] = []

/** Declares a spec. */
export function spec(name: string, body: () => void): void {
  specs.push(new Spec(name, body))
}

/** Number of specs. */
export function specCount(): i32 {
  return specs.length
}

/** Name of a spec. */
export function nameOf(index: i32): Bytes {
  return Bytes.fromString(specs[index].name)
}

/** Runs a spec as one callback. */
export function runBody(index: i32): void {
  enterCallback(CONTEXT)
  specs[index].body()
  leaveCallback()
}

/** What follows is another callback: views are gone, and so is all garbage. */
export function nextCallback(): void {
  leaveCallback()
  __collect()
  enterCallback(CONTEXT)
}

/** What follows is another callback; the collector has done a part of its work, as between any two. */
export function nextTurn(): void {
  leaveCallback()
  enterCallback(CONTEXT)
}

/** Numbers, bools and strings. */
export function equal<T>(actual: T, wanted: T): void {
  if (actual != wanted) die(Bytes.fromString(`got ${actual}, wanted ${wanted}`))
}

/** Bytes; absent equals only absent. */
export function same(actual: Bytes, wanted: Bytes): void {
  if (actual.isAbsent == wanted.isAbsent && actual.equals(wanted)) return
  const seen = actual.isAbsent ? 'nothing' : actual.toString()
  die(Bytes.fromString(`got ${seen}, wanted ${wanted.isAbsent ? 'nothing' : wanted.toString()}`))
}
