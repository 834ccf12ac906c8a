/** What the connection manager takes away from the host of a request (source/common/http/conn_manager_utility.cc). */
import type { HostChangesConfig } from '../config/types.ts'
import type { HeaderMap } from '../http/header-map.ts'
import { portStart } from '../route/authority.ts'

/** `host` is that of the request, `localAddress` ours as `ip:port`. */
export function changeHost(headers: HeaderMap, host: string, config: HostChangesConfig, localAddress: string): void {
  const undotted = config.stripsDot ? withoutDot(host) : host
  const changed =
    config.stripsPort === 'none' ? undotted : withoutNumber(undotted, config.stripsPort === 'own' ? localAddress : '')
  if (changed !== host) headers.setInPlace(':authority', changed)
}

/** `a.test.:80` becomes `a.test:80`. */
function withoutDot(host: string): string {
  const colon = portStart(host)
  const end = colon < 0 ? host.length : colon
  return host[end - 1] === '.' ? host.slice(0, end - 1) + host.slice(end) : host
}

/** Without a port that is a number, and that of the address unless it is ''. */
function withoutNumber(host: string, address: string): string {
  const colon = portStart(host)
  if (colon < 0 || !/^:[0-9]+$/.test(host.slice(colon))) return host
  return address === '' || address.endsWith(host.slice(colon)) ? host.slice(0, colon) : host
}
