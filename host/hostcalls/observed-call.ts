/**
 * The way of a hostcall to whoever watches its VM (hot). Imports are fixed when a module is instantiated, observers come
 * and go, so every call passes here; one function per number of parameters, because collecting them costs as much as a
 * hostcall.
 */
import type { VmObserver } from '../plugin/observer.ts'
import type { Vm } from '../plugin/vm.ts'

/** A hostcall without its types. */
export type PlainCall = (...args: (number | bigint)[]) => number | undefined

type Argument = number | bigint

/** `call`, told to the VM's observer while there is one. */
export function observed(vm: Vm, name: string, call: PlainCall, parameters: number): PlainCall {
  const tell = (...args: Argument[]): number | undefined => watch(vm.observer!, vm, name, call, args)
  const plain = BY_PARAMETERS[parameters] ?? withMany
  return plain(vm, call, tell) as PlainCall
}

function watch(observer: VmObserver, vm: Vm, name: string, call: PlainCall, args: Argument[]): number | undefined {
  const start = performance.now()
  const status = call(...args)
  observer.hostcall(name, args, status ?? 0, vm.memory, performance.now() - start)
  return status
}

type Wrapper = (vm: Vm, call: PlainCall, tell: PlainCall) => (...args: never[]) => number | undefined
type A = Argument

const BY_PARAMETERS: readonly Wrapper[] = [
  (vm, call, tell) => () => (vm.observer === null ? call() : tell()),
  (vm, call, tell) => (a: A) => (vm.observer === null ? call(a) : tell(a)),
  (vm, call, tell) => (a: A, b: A) => (vm.observer === null ? call(a, b) : tell(a, b)),
  (vm, call, tell) => (a: A, b: A, c: A) => (vm.observer === null ? call(a, b, c) : tell(a, b, c)),
  (vm, call, tell) => (a: A, b: A, c: A, d: A) => (vm.observer === null ? call(a, b, c, d) : tell(a, b, c, d)),
  (vm, call, tell) => (a: A, b: A, c: A, d: A, e: A) => (vm.observer === null ? call(a, b, c, d, e) : tell(a, b, c, d, e)),
]

/** Calls with many parameters do so much that it does not matter. */
const withMany: Wrapper =
  (vm, call, tell) =>
  (...args: A[]) =>
    vm.observer === null ? call(...args) : tell(...args)
