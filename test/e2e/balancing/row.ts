/** Rows of the balancing suite: how a cluster shares requests between its endpoints. */

export interface Row {
  readonly name: string
  /** Fields of the cluster beside its endpoints. */
  readonly cluster: object
  /** Places with their endpoints; `upstream` numbers the servers from 0. */
  readonly places: readonly Place[]
  /** Options of all endpoints. */
  readonly assignment?: object
  /** Policies of the route; default the header `x-key`. */
  readonly hashPolicy?: readonly object[]
  /** Fields of the route's action; without `cluster` it leads to the row's cluster, named `row`. */
  readonly action?: (row: string) => object
  /** Statistics of the cluster afterwards, `lb_subsets_selected` … */
  readonly stats?: Readonly<Record<string, number>>
  /** Statistics of the cluster that are above 0 afterwards. */
  readonly counted?: readonly string[]
  /** The headers of the n-th request, and its path; default one with `x-key` of its own. */
  readonly request?: (index: number) => { readonly path?: string; readonly headers?: Readonly<Record<string, string | string[]>> }
  readonly requests: number
  /**
   * `same`: each request comes to the same server in host and Envoy, and all `servers` are reached (null = whichever). `counts`: so many
   * requests come to each server. `reached`: these servers are reached, in whatever order. `status`: every answer.
   */
  readonly expected:
    | { readonly same: true; readonly servers: readonly number[] | null }
    | { readonly counts: Readonly<Record<number, number>> }
    | { readonly reached: readonly number[] }
    | { readonly status: number }
}

export interface Place {
  /** Fields of the place. */
  readonly place?: object
  readonly endpoints: readonly EndpointRow[]
}

export interface EndpointRow {
  readonly upstream: number
  /** Fields of the `LbEndpoint`. */
  readonly more?: object
  /** Fields of its `Endpoint`. */
  readonly endpoint?: object
}

/** One place with the first servers; `more` gives fields of the n-th endpoint. */
export function servers(count: number, more: (index: number) => Omit<EndpointRow, 'upstream'> = () => ({})): Place[] {
  return [{ endpoints: Array.from({ length: count }, (_, upstream) => ({ upstream, ...more(upstream) })) }]
}
