/** Asks an admin interface (Envoy's or ours). */
import { request } from 'node:http'

/** Body of the answer, latin1. */
export function adminText(port: number, path: string, method = 'GET'): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, method, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => resolve(Buffer.concat(parts).latin1Slice()))
      response.on('error', reject)
    })
    call.on('error', reject)
    call.end()
  })
}
