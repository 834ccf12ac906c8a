/** Configurations of the proxies under test: the same bootstrap for Envoy and the host, an equivalent nginx. */

/** A module and how often the chain holds it; all copies share one VM. */
export interface ChainSpec {
  readonly wasm: string
  readonly copies: number
  readonly configuration: string
}

/** Configuration of a bundle that holds the header filter so often. */
export function bundleConfiguration(copies: number): string {
  return JSON.stringify(Array.from({ length: copies }, () => ({ name: 'header' })))
}

const TYPE = 'type.googleapis.com/envoy.extensions.filters'

function wasmFilter(chain: ChainSpec, index: number): unknown {
  const configuration = {
    '@type': 'type.googleapis.com/google.protobuf.StringValue',
    value: chain.configuration,
  }
  return {
    name: `wasm${index}`,
    typed_config: {
      '@type': `${TYPE}.http.wasm.v3.Wasm`,
      config: {
        name: `p${index}`,
        root_id: `r${index}`,
        vm_config: { vm_id: 'vm', runtime: 'envoy.wasm.runtime.v8', code: { local: { filename: chain.wasm } } },
        configuration,
      },
    },
  }
}

function address(port: number): unknown {
  return { socket_address: { address: '127.0.0.1', port_value: port } }
}

/** Envoy v3 bootstrap: one listener, one static cluster, request id and x-forwarded-for on, access log off. */
export function bootstrap(port: number, adminPort: number, upstreamPort: number, chain: ChainSpec | null): string {
  const filters = chain === null ? [] : Array.from({ length: chain.copies }, (_, index) => wasmFilter(chain, index))
  const manager = {
    '@type': `${TYPE}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    use_remote_address: true,
    route_config: {
      name: 'routes',
      virtual_hosts: [{ name: 'all', domains: ['*'], routes: [{ match: { prefix: '/' }, route: { cluster: 'up' } }] }],
    },
    http_filters: [...filters, { name: 'router', typed_config: { '@type': `${TYPE}.http.router.v3.Router` } }],
  }
  return JSON.stringify({
    admin: { address: address(adminPort) },
    static_resources: {
      listeners: [
        { name: 'in', address: address(port), filter_chains: [{ filters: [{ name: 'http', typed_config: manager }] }] },
      ],
      clusters: [
        {
          name: 'up',
          type: 'STATIC',
          connect_timeout: '1s',
          load_assignment: {
            cluster_name: 'up',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: address(upstreamPort) } }] }],
          },
        },
      ],
    },
  })
}

const NGINX_FRAME = (folder: string, server: string): string => `worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log crit;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 100000000;
${server}
}
`

/** nginx as the same proxy: keep-alive to the upstream, x-forwarded-for added. */
export function nginxProxy(folder: string, port: number, upstreamPort: number, isHttp2: boolean): string {
  return NGINX_FRAME(
    folder,
    `  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port}${isHttp2 ? ' http2' : ''};
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`,
  )
}

/** nginx as upstream: eight response headers and a body of 100 bytes. */
export function nginxUpstream(folder: string, port: number): string {
  return NGINX_FRAME(
    folder,
    `  server {
    listen 127.0.0.1:${port};
    location / {
      default_type text/plain;
      add_header cache-control no-store; add_header x-a 1; add_header x-b 22222222; add_header etag '"abcdef"';
      return 200 "${'x'.repeat(100)}";
    }
  }`,
  )
}
