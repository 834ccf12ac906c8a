/** A service for demonstrations: answers with what it saw of the request. Usage: node tools/demo-upstream.ts NAME PORT */
import { createServer, type Server } from 'node:http'

export function demoUpstream(name: string): Server {
  return createServer((request, response) => {
    const seen = {
      upstream: name,
      path: request.url,
      client: request.headers['x-client'] ?? null,
      key: request.headers['x-api-key'] ?? null,
    }
    response.setHeader('content-type', 'application/json')
    response.end(`${JSON.stringify(seen)}\n`)
  })
}

if (import.meta.main) {
  const [name = '', port] = process.argv.slice(2)
  demoUpstream(name).listen(Number(port))
}
