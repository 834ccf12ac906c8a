/** One filter and how it shall run, in the words of no product; the surfaces say it in theirs. */

/** Where a proxy finds the module. */
export type ModuleSource =
  /** An OCI image; `digest` is that of its manifest, `sha256:…`, or null. */
  | { readonly kind: 'image'; readonly reference: string; readonly digest: string | null }
  /** Bytes that a web server gives; `sha256` is theirs, in hexadecimal. */
  | { readonly kind: 'http'; readonly url: string; readonly sha256: string }
  /** A file beside the proxy. */
  | { readonly kind: 'file'; readonly path: string }

/** Places of Istio and its descendants in the order of all filters; null = right before the router. */
export type MeshPhase = 'AUTHN' | 'AUTHZ' | 'STATS'

/** What becomes of traffic when the filter cannot run: refused, let through, or tried again with a new VM. */
export type Failure = 'closed' | 'open' | 'reload'

/** Which side of a connection the filter works on. */
export type TrafficMode = 'server' | 'client' | 'gateway'

/** What a filter is attached to: `kind` in lower case, as on the command line. */
export interface TargetRef {
  readonly kind: string
  readonly name: string
}

/** An environment variable of the VM; null takes the value from the proxy's own environment. */
export interface EnvVariable {
  readonly name: string
  readonly value: string | null
}

export interface FilterDeployment {
  /** Names the object, the plugin and, without `vmId`, the VM. */
  readonly name: string
  readonly rootId: string
  readonly module: ModuleSource
  /** The plugin's configuration: a JSON value; undefined = none. */
  readonly config?: unknown
  readonly namespace?: string
  readonly phase?: MeshPhase
  /** Higher comes first. */
  readonly priority?: number
  readonly failure?: Failure
  /** Labels of the workloads. */
  readonly selector?: Readonly<Record<string, string>>
  readonly targets?: readonly TargetRef[]
  readonly mode?: TrafficMode
  /** Ports that the filter is limited to. */
  readonly ports?: readonly number[]
  readonly vmId?: string
  readonly env?: readonly EnvVariable[]
  /** Name of the secret with the registry's credentials. */
  readonly pullSecret?: string
  /** Where requests go, `host:port`, in whole proxies. */
  readonly upstream?: string
  /** Port that a whole proxy listens on. */
  readonly listenPort?: number
}

/** What only some surfaces can say. */
export type DeploymentField = Exclude<keyof FilterDeployment, 'name' | 'rootId' | 'module' | 'config'>
