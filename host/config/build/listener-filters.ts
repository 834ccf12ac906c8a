/** Filters that read the beginning of a connection. */
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import type { ListenerFilter } from '../gen/envoy/config/listener/v3/listener_components_pb.ts'
import { ProxyProtocolSchema } from '../gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts'
import type { ProxyProtocol } from '../gen/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.ts'
import { TlsInspectorSchema } from '../gen/envoy/extensions/filters/listener/tls_inspector/v3/tls_inspector_pb.ts'
import type { ListenerConfig, ProxyProtocolConfig } from '../types.ts'

/** The longest hello that Envoy reads. */
const DEFAULT_HELLO_SIZE = 16384

export function buildListenerFilters(filters: readonly ListenerFilter[]): Pick<ListenerConfig, 'proxyProtocol' | 'tlsInspector'> {
  const types = filters.map(({ configType }) => configType.value)
  const header = types.map((type) => unpackAs(type, ProxyProtocolSchema)).find((one) => one !== null)
  const inspector = types.map((type) => unpackAs(type, TlsInspectorSchema)).find((one) => one !== null)
  return {
    proxyProtocol: header === undefined ? null : buildProxyProtocol(header),
    tlsInspector:
      inspector === undefined
        ? null
        : {
            maxHelloSize: inspector.maxClientHelloSize ?? DEFAULT_HELLO_SIZE,
            closesOnError: inspector.closeConnectionOnClientHelloParsingErrors,
          },
  }
}

function buildProxyProtocol(message: ProxyProtocol): ProxyProtocolConfig {
  return {
    isOptional: message.allowRequestsWithoutProxyProtocol,
    statPrefix: message.statPrefix === '' ? '' : `${utf8ByteString(message.statPrefix)}.`,
  }
}
