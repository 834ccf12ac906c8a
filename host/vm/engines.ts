/** The engines of a thread. One of each, so that canaries, plugins and reloads share compiled modules. */
import { SluiceError } from '../errors.ts'
import type { Engine } from './engine.ts'
import { V8Engine } from './v8.ts'
import { openWasmtime } from './wasmtime/engine.ts'

/** As in `vm_config.runtime` after `envoy.wasm.runtime.`; the first runs plugins that name none. */
export const ENGINE_NAMES = ['v8', 'wasmtime'] as const
export type EngineName = (typeof ENGINE_NAMES)[number]

const OPENERS: Readonly<Record<EngineName, () => Engine>> = {
  v8: () => new V8Engine(),
  wasmtime: openWasmtime,
}

const opened = new Map<EngineName, Engine>()

/** The engine, made on first use; '' = the default. `path` names who asks in the error. Throws SluiceError. */
export function engineNamed(name: string, path: string): Engine {
  const known = name === '' ? ENGINE_NAMES[0] : ENGINE_NAMES.find((one) => one === name)
  if (known === undefined) throw unknownEngine(name, path)
  let engine = opened.get(known)
  if (engine === undefined) opened.set(known, (engine = OPENERS[known]()))
  return engine
}

function unknownEngine(name: string, path: string): SluiceError {
  const detail = { path, seen: `runtime ${name}`, wanted: ENGINE_NAMES.join(', ') }
  return new SluiceError('SLUICE_WASM_LOAD', 'Failed to create Wasm VM', detail)
}
