/** nginx as the proxy to compare with, and as the upstream of all. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Place } from './bootstrap.ts'
import { BODIES } from './traffic.ts'

const FRAME = (folder: string, server: string): string => `worker_processes 1;
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

/** nginx as the same proxy: keep-alive to the upstream, x-forwarded-for added, no file for bodies. */
export function nginxProxy(folder: string, { port, upstreamPort, traffic, certificate }: Place): string {
  const options = [certificate && ' ssl', traffic?.http2 && ' http2'].filter(Boolean).join('')
  const tls =
    certificate && `ssl_certificate ${certificate.certificate}; ssl_certificate_key ${certificate.key}; ssl_protocols TLSv1.3;`
  return FRAME(
    folder,
    `  upstream up { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port}${options};
    ${tls ?? ''}
    location / {
      proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0;
      proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    }
  }`,
  )
}

/**
 * nginx as upstream, HTTP/1.1 on `port` and HTTP/2 on the next one: eight response headers and a body of 100 bytes;
 * for a path that is a number, as many bytes from a file.
 */
export function nginxUpstream(folder: string, port: number): string {
  mkdirSync(join(folder, 'bodies'))
  for (const body of BODIES) writeFileSync(join(folder, 'bodies', String(body)), Buffer.alloc(body, 'x'))
  return FRAME(
    folder,
    `  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${port + 1} http2;
    sendfile on; open_file_cache max=16;
    location ~ ^/[0-9]+$ { root ${folder}/bodies; }
    location / {
      default_type text/plain;
      add_header cache-control no-store; add_header x-a 1; add_header x-b 22222222; add_header etag '"abcdef"';
      return 200 "${'x'.repeat(100)}";
    }
  }`,
  )
}
