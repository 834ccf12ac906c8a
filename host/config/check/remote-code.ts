/** Rules of a module that is fetched. */
import type { Fault } from '../fault.ts'
import { show } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { RemoteDataSource } from '../gen/envoy/config/core/v3/base_pb.ts'

const SHA256 = /^[0-9a-f]{64}$/
const SCHEME = /^(oci|https?):\/\/[^/?#]+\/./

/** Adds what is wrong; `clusters` null = any cluster may be named. */
export function judgeRemoteCode(
  { httpUri, sha256 }: RemoteDataSource,
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  const uri = httpUri?.uri ?? ''
  const scheme = SCHEME.exec(uri)?.[1]
  const at = [...path, 'http_uri']
  // What is missing altogether has its fault already.
  if (scheme === undefined && uri !== '') {
    const wanted = 'http://host/path, https://host/path or oci://registry/repository'
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Not the address of a module',
      path: [...at, 'uri'],
      seen: show(uri),
      wanted,
    })
  }
  // The digest of an image may be a part of its reference, and Istio leaves both out.
  if (!SHA256.test(sha256) && !(scheme === 'oci' && sha256 === '')) {
    const wanted = '64 lower-case hex digits'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Not a sha256', path: [...path, 'sha256'], seen: show(sha256), wanted })
  }
  const cluster = httpUri?.httpUpstreamType.value ?? ''
  if (scheme === 'oci' || cluster === '' || clusters === null || clusters.has(cluster)) return
  const wanted = 'the name of a cluster'
  faults.push({
    code: 'SLUICE_CONFIG_REFERENCE',
    message: 'Unknown cluster',
    path: [...at, 'cluster'],
    seen: show(cluster),
    wanted,
  })
}
