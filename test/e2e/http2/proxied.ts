/** The configuration that host and Envoy have in front of a scripted HTTP/2 upstream. */
import { bootstrap } from '../host/setup.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'
const LOG_FORMAT = '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%\n'
/** Requests go to `port` with the given HTTP/2 options of the cluster and fields of the route; each leaves a line in `logFile`. */
export function configuration(port: number, logFile: string, http2: object, route: object = {}): object {
  const log = {
    '@type': `${TYPE}.access_loggers.file.v3.FileAccessLog`,
    path: logFile,
    log_format: { text_format_source: { inline_string: LOG_FORMAT } },
  }
  const options = {
    '@type': `${TYPE}.upstreams.http.v3.HttpProtocolOptions`,
    explicit_http_config: { http2_protocol_options: http2 },
  }
  return bootstrap({
    ports: [port],
    http: {
      access_log: [{ name: 'file', typed_config: log }],
      http_protocol_options: { enable_trailers: true },
      upgrade_configs: [{ upgrade_type: 'websocket' }],
    },
    routes: [{ match: { prefix: '/' }, route: { cluster: 'up', timeout: '0.5s', ...route } }],
    cluster: { typed_extension_protocol_options: { 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': options } },
    admin: true,
  })
}
