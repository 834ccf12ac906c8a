/** Where VMs and plugins report what happens to them; names are Envoy's full ones, without a prefix. */
export interface VmStats {
  /** Adds one to a counter: `wasm.envoy.wasm.runtime.v8.created`, `wasm.<plugin>.vm_reload_success` … */
  increment(name: string): void
  /** Adds to a gauge: `wasm.envoy.wasm.runtime.v8.active`. */
  adjust(name: string, delta: number): void
}

/** For callers that count nothing. */
export const noVmStats: VmStats = { increment: () => {}, adjust: () => {} }
