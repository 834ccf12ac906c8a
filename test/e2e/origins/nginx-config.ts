/** The nginx behind both proxies, and the bootstrap that leads to it: a server, with its own log, for each proxy. */
import { mkdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeCertificate } from '../../support/certificate.ts'
import { address, bootstrap, staticCluster } from '../host/setup.ts'

/** Ports of the server of one proxy: HTTP/1.1, HTTP/2 in clear text, HTTP/2 over TLS. */
export interface OriginPorts {
  readonly plain: number
  readonly http2: number
  readonly tls: number
}

/** Bytes of the large file. */
export const LARGE = 8 * 1024 * 1024
/** Most bytes of a request body at `/limited`. */
export const SMALL_BODY = 1000
/** Requests of a connection at most, and at most up to one at `/few`. */
export const CONNECTION_REQUESTS = 20
export const FEW_REQUESTS = 5

/** Fills the folder with files to serve, for each server its own; the text of the block `http`. */
export async function originText(folder: string, servers: readonly OriginPorts[]): Promise<string> {
  for (const ports of servers) await fillRoot(rootOf(folder, ports))
  const { certificate, key } = await makeCertificate(folder)
  const tls = `ssl_certificate ${certificate}; ssl_certificate_key ${key};`
  return `
  log_format row '$connection_requests $request_method $uri $server_protocol $status $body_bytes_sent';
  default_type text/plain;
  types { text/html shtml; }
  keepalive_timeout 60s;
  client_max_body_size 0;
  ${servers.map((ports) => serverText(folder, ports, tls)).join('\n')}`
}

/** Changed long ago, so that ETag and Last-Modified are the same in every run. */
const CHANGED = 1_700_000_000

async function fillRoot(root: string): Promise<void> {
  await mkdir(join(root, 'put'), { recursive: true })
  const files: readonly [string, string | Buffer][] = [
    ['small.txt', 'hello from nginx\n'],
    ['empty.txt', ''],
    ['words.txt', 'words to compress '.repeat(500)],
    ['page.shtml', '<!--# echo var="request_method" --> has no known length\n'],
    ['large.bin', Buffer.alloc(LARGE, 'large file ')],
  ]
  for (const [name, content] of files) {
    await writeFile(join(root, name), content)
    await utimes(join(root, name), CHANGED, CHANGED)
  }
}

function rootOf(folder: string, { plain }: OriginPorts): string {
  return join(folder, `root-${plain}`)
}

/** The file that nginx logs the requests of this proxy to. */
export function logOf(folder: string, { plain }: OriginPorts): string {
  return join(folder, `access-${plain}.log`)
}

function serverText(folder: string, ports: OriginPorts, tls: string): string {
  const root = rootOf(folder, ports)
  return `
  server {
    listen 127.0.0.1:${ports.plain};
    listen 127.0.0.1:${ports.http2} http2;
    listen 127.0.0.1:${ports.tls} ssl http2;
    ${tls}
    root ${root};
    access_log ${logOf(folder, ports)} row;
    keepalive_requests ${CONNECTION_REQUESTS};
    location / { }
    location /probe { return 200 probed; }
    location /status/204 { return 204; }
    location /status/304 { return 304; }
    location /status/404 { return 404; }
    location /status/500 { return 500 broken; }
    location /moved { return 301 /small.txt; }
    location /cookies { add_header set-cookie a=1; add_header set-cookie b=2; return 200 two; }
    location /gzip/ { alias ${root}/; gzip on; gzip_types text/plain; gzip_min_length 1; gzip_vary on; }
    location /ssi/ { alias ${root}/; ssi on; }
    location /trailers/ { alias ${root}/; add_trailer x-trailer "of nginx"; ssi on; }
    location /put/ { dav_methods PUT DELETE; client_body_in_file_only on; create_full_put_path on; }
    location /echo { client_body_buffer_size 64k; proxy_pass http://127.0.0.1:${ports.plain}/length; }
    location /length { return 200 "$content_length $http_expect\\n"; }
    location /limited { client_max_body_size ${SMALL_BODY}; client_body_in_file_only off; proxy_pass http://127.0.0.1:${ports.plain}/length; }
    location /hang-up { return 444; }
    location /last { keepalive_timeout 0; return 200 last; }
    location /few { keepalive_requests ${FEW_REQUESTS}; return 200 "$connection_requests\\n"; }
    location /slow/ { alias ${root}/; limit_rate 20k; }
    location /again { proxy_pass http://127.0.0.1:${ports.plain}/length; proxy_set_header connection close; proxy_http_version 1.0; }
  }`
}

const OPTIONS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions'
const TLS = 'envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext'

function speaking(protocol: object): object {
  const options = { '@type': `type.googleapis.com/${OPTIONS}`, explicit_http_config: protocol }
  return { typed_extension_protocol_options: { [OPTIONS]: options } }
}

/** The path says which protocol nginx is spoken to: `/h2/…`, `/tls/…`, or HTTP/1.1. */
export function originBootstrap({ plain, http2, tls }: OriginPorts): object {
  const secure = { name: 'tls', typed_config: { '@type': `type.googleapis.com/${TLS}` } }
  const route = (prefix: string, cluster: string, action: object = {}): object => ({
    match: { prefix },
    route: { cluster, ...action },
    response_headers_to_add: [{ header: { key: 'x-seen', value: '%RESPONSE_CODE_DETAILS% %RESPONSE_FLAGS%' } }],
  })
  return {
    ...bootstrap({
      ports: [plain],
      cluster: speaking({ http_protocol_options: { enable_trailers: true } }),
      otherClusters: [
        staticCluster('http2', [http2], speaking({ http2_protocol_options: {} })),
        staticCluster('tls', [tls], { ...speaking({ http2_protocol_options: {} }), transport_socket: secure }),
      ],
      http: { http_protocol_options: { enable_trailers: true } },
      routes: [route('/h2/', 'http2', { prefix_rewrite: '/' }), route('/tls/', 'tls', { prefix_rewrite: '/' }), route('/', 'up')],
    }),
    admin: { address: address(0) },
  }
}
