/**
 * A module behind a cluster, as Envoy fetches it (source/common/config/datasource.cc, remote_data_fetcher.cc): the path and
 * the host are those of the address, the connection is the cluster's; no redirects, and the bytes must have the sha256.
 */
import { SluiceError } from '../../errors.ts'
import type { RemoteSource } from '../../config/index.ts'
import type { EndpointConfig } from '../../config/types.ts'
import { verifyDigest } from '../digest.ts'
import type { RegistryAccess } from '../registry/access.ts'
import { retrying } from '../registry/retry.ts'
import { HttpTransport } from '../registry/transport.ts'
import type { ModuleStore } from './module-store.ts'
import type { RemoteModule } from './remote-module.ts'

export async function clusterModule(
  source: RemoteSource,
  endpoints: readonly EndpointConfig[],
  access: RegistryAccess,
  store: ModuleStore,
): Promise<RemoteModule> {
  const kept = store.module(source.sha256)
  if (kept !== null) return { bytes: kept, isCached: true }
  // A cluster is reached directly, whatever proxies the environment names.
  const transport = new HttpTransport({ ...access, environment: {} })
  try {
    const bytes = await fetchFrom(transport, source, endpoints)
    verifyDigest(`sha256:${source.sha256}`, bytes, source.uri)
    store.keepModule(bytes)
    return { bytes, isCached: false }
  } finally {
    await transport.close()
  }
}

/** The tries go round the endpoints. */
async function fetchFrom(
  transport: HttpTransport,
  source: RemoteSource,
  endpoints: readonly EndpointConfig[],
): Promise<Uint8Array> {
  const { host, pathname, search } = new URL(source.uri)
  const retries = { wait: transport.wait, maxAfterMillis: transport.limits.retryAfterMillis }
  let tries = 0
  const answer = await retrying(retries, () => {
    const endpoint = endpoints[tries++ % endpoints.length]
    if (endpoint === undefined)
      throw new SluiceError('SLUICE_WASM_FETCH', 'The cluster has no endpoint', { path: source.cluster })
    const url = new URL(`http://${authorityOf(endpoint)}${pathname}${search}`)
    return transport.send({ method: 'GET', url, headers: { host }, redirects: 0 }, transport.limits.blobBytes)
  })
  if (answer.status === 200) return answer.bytes
  throw new SluiceError('SLUICE_WASM_FETCH', 'No module in the answer', {
    path: source.uri,
    seen: `status ${answer.status}`,
    wanted: 'status 200',
  })
}

function authorityOf({ host, port }: EndpointConfig): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
