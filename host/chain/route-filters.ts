/**
 * Which filters of a chain run for a route: as their own `disabled` says, unless the route, its virtual host or its table
 * says otherwise (source/common/http/filter_chain_helper.cc). Found out once per route.
 */
import type { FilterConfig } from '../config/types.ts'
import type { CompiledRoute } from '../route/compiled-route.ts'
import type { HttpFilterFactory } from './filter-context.ts'

export class RouteFilters {
  /** Of streams without a route, and where routes say nothing. */
  readonly byDefault: readonly HttpFilterFactory[]
  readonly #configs: readonly FilterConfig[]
  readonly #all: readonly HttpFilterFactory[]
  readonly #byRoute = new WeakMap<CompiledRoute, readonly HttpFilterFactory[]>()

  /** Both in chain order. */
  constructor(configs: readonly FilterConfig[], filters: readonly HttpFilterFactory[]) {
    this.#configs = configs
    this.#all = filters
    this.byDefault = filters.filter((_, index) => configs[index]?.isDisabled !== true)
  }

  of(match: CompiledRoute | null): readonly HttpFilterFactory[] {
    if (match === null) return this.byDefault
    let filters = this.#byRoute.get(match)
    if (filters === undefined) {
      filters = this.#all.filter((_, index) => runs(this.#configs[index]!, match))
      this.#byRoute.set(match, filters)
    }
    return filters
  }
}

function runs({ name, isDisabled }: FilterConfig, { route, virtualHost, table }: CompiledRoute): boolean {
  return route.filters.get(name) ?? virtualHost.filters.get(name) ?? table.filters.get(name) ?? !isDisabled
}
