/** The services behind the proxies: each answers with what it was asked and what it knows of who asked. */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { Materials } from './materials.ts'

export function echoServer(): Server {
  return createServer((socket) => answer(socket, () => ''))
}

/** Says what the client's TLS was like. */
export function secureServer({ server, authority }: Materials): Server {
  const names = new WeakMap<object, string>()
  const options = { cert: server.chain, key: server.key, ca: authority.pem, requestCert: true, rejectUnauthorized: false }
  const choose = ({ protocols }: { protocols: string[] }): string | undefined => {
    offered = protocols
    return protocols.includes('http/1.1') ? 'http/1.1' : protocols[0]
  }
  let offered: string[] = []
  const secure = createTlsServer({ ...options, ALPNCallback: choose }, (socket: TLSSocket) => {
    names.set(socket, String(socket.servername))
    const facts = `${socket.getProtocol()} sni=${names.get(socket)} alpn=${offered.join(',')} client=${String(socket.getPeerCertificate().subject?.CN)}`
    answer(socket, () => `${facts}\n`)
  })
  secure.on('tlsClientError', () => {})
  return secure
}

function answer(socket: Socket, facts: () => string): void {
  let text = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    text += bytes.latin1Slice()
    if (!text.includes('\r\n\r\n') && !text.endsWith('\n')) return
    const body = facts() + text
    text = ''
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`, 'latin1')
    socket.end()
  })
}
