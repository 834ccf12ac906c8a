/** Starts a plugin on a scripted guest and opens streams in it. */
import type { PluginConfig } from '../../../host/config/types.ts'
import type { Plugin } from '../../../host/plugin/plugin.ts'
import type { HttpContext } from '../../../host/plugin/http-context.ts'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { fakeServices, FakeStream, pluginConfig, type FakeServices } from './fakes.ts'
import { ScriptedEngine, type Guest, type Script } from './scripted-engine.ts'

export interface Setup {
  readonly engine: ScriptedEngine
  readonly registry: VmRegistry
  readonly services: FakeServices
  readonly plugin: Plugin
  readonly counts: Map<string, number>
  /** The newest guest. */
  guest(): Guest
  /** Opens a stream that must be admitted. */
  open(stream?: FakeStream): { context: HttpContext; stream: FakeStream }
}

export function setUp(script: Script, changes: Partial<PluginConfig> = {}, version?: string): Setup {
  const engine = new ScriptedEngine(script, version)
  const services = fakeServices()
  const counts = new Map<string, number>()
  const cell = (name: string): { add(delta: number): void } => ({
    add: (delta) => void counts.set(name, (counts.get(name) ?? 0) + delta),
  })
  const stats = { counter: cell, gauge: cell }
  const registry = new VmRegistry({ services, engine, stats })
  const plugin = registry.start(pluginConfig(new Uint8Array(0), changes))
  return {
    engine,
    registry,
    services,
    plugin,
    counts,
    guest: () => engine.guests.at(-1)!,
    open(stream = new FakeStream([[':method', 'GET']])) {
      const context = plugin.openStream(stream)
      if (typeof context === 'string') throw new Error(`the stream was not admitted: ${context}`)
      return { context, stream }
    },
  }
}

/** Runs `body` as the guest's on_request_headers and returns what it returned. */
export function inRequestHeaders<T>(
  body: (guest: Guest, setup: Setup) => T,
  stream?: FakeStream,
  changes?: Partial<PluginConfig>,
  version?: string,
): T {
  let result: T | undefined
  const setup: Setup = setUp(
    {
      proxy_on_request_headers: (guest) => {
        result = body(guest, setup)
        return 0
      },
    },
    changes,
    version,
  )
  setup.open(stream).context.onRequestHeaders(1, true)
  return result as T
}
