/**
 * The VMs of one thread by their key: plugins with equal vm_id, VM configuration, code and runtime share one. A VM
 * goes when its last plugin has stopped; a failed one makes room for the next load at once.
 */
import type { PluginConfig } from '../config/types.ts'
import { hostImports } from '../hostcalls/index.ts'
import type { Services } from '../hostcalls/services.ts'
import type { Engine } from '../vm/engine.ts'
import { engineNamed } from '../vm/engines.ts'
import type { HostcallGate } from './hostcall-gate.ts'
import type { VmObserver } from './observer.ts'
import { Plugin, type VmSource } from './plugin.ts'
import { noVmStats, type VmStats } from './vm-stats.ts'
import { Vm } from './vm.ts'

/** Told of plugins that come and go: what is shared by vm_id ends with the last of them. */
export interface VmIdUsers {
  hold(vmId: string): void
  release(vmId: string): void
}

export interface VmRegistryOptions {
  readonly services: Services
  readonly stats?: VmStats
  /** Null or absent where another thread runs the same plugins for longer. */
  readonly vmIds?: VmIdUsers | null
  /** Runs every plugin; default: the engine that each plugin names. */
  readonly engine?: Engine | null
  /** Sees all VMs; default: none. */
  readonly observer?: VmObserver | null
  /** Stands before the hostcalls of every VM; default: none. */
  readonly gate?: HostcallGate | null
}

export class VmRegistry implements VmSource {
  readonly #services: Services
  readonly #stats: VmStats
  readonly #vmIds: VmIdUsers | null
  readonly #engine: Engine | null
  readonly #gate: HostcallGate | null
  #observer: VmObserver | null
  readonly #vms = new Map<string, Vm>()
  readonly #users = new Map<Vm, number>()
  readonly #plugins = new Map<string, Plugin>()

  constructor(options: VmRegistryOptions) {
    this.#services = options.services
    this.#stats = options.stats ?? noVmStats
    this.#vmIds = options.vmIds ?? null
    this.#engine = options.engine ?? null
    this.#gate = options.gate ?? null
    this.#observer = options.observer ?? null
  }

  /**
   * Starts a plugin: context_create, vm_start, configure. Throws SluiceError when it is refused. An equal plugin that
   * runs already is used once more instead.
   */
  start(config: PluginConfig): Plugin {
    const key = pluginKeyOf(config)
    const running = this.#plugins.get(key)
    if (running !== undefined) {
      running.retain()
      return running
    }
    this.#vmIds?.hold(config.vmId)
    try {
      const plugin = new Plugin(config, this, this.#stats)
      this.#plugins.set(key, plugin)
      return plugin
    } catch (error) {
      this.#vmIds?.release(config.vmId)
      throw error
    }
  }

  forget(plugin: Plugin): void {
    this.#plugins.delete(pluginKeyOf(plugin.config))
    this.#vmIds?.release(plugin.config.vmId)
  }

  acquire(config: PluginConfig): Vm {
    let vm = this.#vms.get(config.vmKey)
    if (vm === undefined || vm.failed) {
      vm = this.#load(config)
      this.#vms.set(config.vmKey, vm)
    }
    this.#users.set(vm, (this.#users.get(vm) ?? 0) + 1)
    return vm
  }

  release(vm: Vm): void {
    const users = (this.#users.get(vm) ?? 0) - 1
    if (users > 0) return void this.#users.set(vm, users)
    this.#users.delete(vm)
    vm.close()
    if (this.#vms.get(vm.config.vmKey) === vm) this.#vms.delete(vm.config.vmKey)
  }

  /** Has the observer see all VMs from their next callback on; null = nobody does any more. */
  observe(observer: VmObserver | null): void {
    this.#observer = observer
    for (const vm of this.#users.keys()) vm.observer = observer
  }

  #load(config: PluginConfig): Vm {
    return new Vm(config, {
      engine: this.#engine ?? engineNamed(config.runtime, config.name),
      services: this.#services,
      stats: this.#stats,
      observer: this.#observer,
      gate: this.#gate,
      imports: hostImports,
    })
  }
}

function pluginKeyOf(config: PluginConfig): string {
  return `${config.vmKey} ${config.pluginKey}`
}
