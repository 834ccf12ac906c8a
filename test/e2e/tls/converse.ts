/** The client's side of a row. */
import { once } from 'node:events'
import { connect as connectSocket, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import type { Materials } from './materials.ts'
import type { Observation, TlsRow, TlsWishes } from './row.ts'

export type Target = { readonly host: string; readonly port: number } | { readonly path: string }

export interface Conversation extends Omit<Observation, 'log'> {
  readonly localPort: number
}

const PATIENCE = 1500
const ALERT = /SSL alert number (\d+)/

export async function converse(target: Target, row: TlsRow, materials: Materials): Promise<Conversation> {
  if (row.tls?.resumes !== true) return exchange(target, row, materials, null)
  const sessions: Buffer[] = []
  await exchange(target, row, materials, null, (session) => sessions.push(session))
  return exchange(target, row, materials, sessions.at(-1) ?? null)
}

async function exchange(
  target: Target,
  row: TlsRow,
  materials: Materials,
  session: Buffer | null,
  onSession: (session: Buffer) => void = () => {},
): Promise<Conversation> {
  const raw = connectSocket({ ...target, noDelay: true })
  await once(raw, 'connect')
  const localPort = raw.localPort ?? 0
  if (row.before !== undefined) raw.write(row.before, 'latin1')
  const wishes = row.tls
  const secure = wishes === null ? null : secured(raw, wishes, materials, session)
  secure?.on('session', onSession)
  const socket = secure ?? raw
  const state = { answer: '', session: '', end: 'closed' as Observation['end'] }
  socket.on('data', (bytes: Buffer) => (state.answer += bytes.latin1Slice()))
  socket.on('error', (error: NodeJS.ErrnoException) => (state.end = endOf(error)))
  raw.on('error', (error: NodeJS.ErrnoException) => (state.end = endOf(error)))
  const send = (): void => void socket.write(row.sends ?? requestOf(row), 'latin1')
  if (secure === null) send()
  else
    secure.on('secureConnect', () => {
      state.session = describe(secure)
      send()
    })
  const timer = setTimeout(() => {
    state.end = 'waits'
    socket.destroy()
  }, PATIENCE)
  await once(socket, 'close').catch(() => {})
  clearTimeout(timer)
  raw.destroy()
  return { ...state, localPort }
}

function secured(raw: Socket, wishes: TlsWishes, { client, ...others }: Materials, session: Buffer | null): TLSSocket {
  const { servername, alpn, minVersion, maxVersion, ciphers, sigalgs, curve, as, piece } = wishes
  const own = as === undefined ? null : as === 'client' ? client : others[as]
  return connectTls({
    socket: piece === undefined ? raw : inPieces(raw, piece),
    rejectUnauthorized: false,
    ...(servername === undefined ? {} : { servername }),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(sigalgs === undefined ? {} : { sigalgs }),
    ...(curve === undefined ? {} : { ecdhCurve: curve }),
    ...(own === null ? {} : { cert: own.chain, key: own.key }),
    ...(session === null ? {} : { session }),
  })
}

/** The same connection, whose first bytes leave in pieces, each on its own. */
function inPieces(raw: Socket, size: number): Duplex {
  let isFirst = true
  const duplex = new Duplex({
    read: () => raw.resume(),
    write: (bytes: Buffer, _encoding, done) => {
      if (!isFirst) return void raw.write(bytes, () => done())
      isFirst = false
      void sendPieces(raw, bytes, size).then(() => done())
    },
    destroy: (error, done) => {
      raw.destroy()
      done(error)
    },
  })
  raw.on('data', (bytes: Buffer) => duplex.push(bytes))
  raw.on('end', () => duplex.push(null))
  return duplex
}

async function sendPieces(raw: Socket, bytes: Buffer, size: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) {
    raw.write(bytes.subarray(at, at + size))
    await sleep(2)
  }
}

function endOf(error: NodeJS.ErrnoException): Observation['end'] {
  const alert = ALERT.exec(error.message)?.[1]
  if (alert !== undefined) return `alert ${Number(alert)}`
  if (error.message.startsWith('Client network socket disconnected')) return 'closed'
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'reset' : 'closed'
}

function describe(socket: TLSSocket): string {
  // A resumed session of TLS 1.3 shows none.
  const name = (socket.getPeerCertificate() as Partial<PeerCertificate>).subject?.CN
  return [
    socket.getProtocol(),
    socket.getCipher().name,
    `alpn=${String(socket.alpnProtocol)}`,
    `cn=${String(name)}`,
    socket.isSessionReused() ? 'resumed' : 'new',
  ].join(' ')
}

function requestOf({ path = '/', fields = '' }: TlsRow): string {
  return `GET ${path} HTTP/1.1\r\nhost: h.test\r\nconnection: close\r\n${fields}\r\n`
}
