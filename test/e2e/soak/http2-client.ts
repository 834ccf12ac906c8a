/** Clients of HTTP/2 for the soak, of Node's own: streams side by side, some of which are cancelled, cut or reset. */
import { constants, type ClientHttp2Session } from 'node:http2'
import type { SeededRandom } from '../../../host/testing/seeded-random.ts'

const STREAMS = 8
const BODY = Buffer.alloc(16 * 1024, 'x')

/** Sends `count` requests over sessions that each carry `perSession` of them. */
export async function askHttp2(
  connect: () => ClientHttp2Session,
  count: number,
  perSession: number,
  random: SeededRandom,
): Promise<void> {
  for (let left = count; left > 0; left -= perSession) {
    const session = connect()
    let onSession = Math.min(left, perSession)
    const take = (): boolean => onSession-- > 0
    await Promise.all(Array.from({ length: STREAMS }, () => askInTurn(session, take, random)))
    await new Promise<void>((resolve) => session.close(resolve))
  }
}

async function askInTurn(session: ClientHttp2Session, take: () => boolean, random: SeededRandom): Promise<void> {
  while (take()) await askOne(session, random)
}

/** One in twenty does not come to its end. */
function askOne(session: ClientHttp2Session, random: SeededRandom): Promise<void> {
  const prefix = random.fraction() < 0.5 ? '' : '/h2'
  const kind = Math.floor(random.fraction() * 60)
  const path = `${prefix}/${['large', 'cut', 'reset'][kind] ?? 'items'}`
  const size = kind < 3 || random.fraction() < 0.8 ? 0 : Math.ceil(random.fraction() * BODY.length)
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':path': path, ':method': size === 0 ? 'GET' : 'POST' }, { endStream: size === 0 })
    let [status, bytes] = [0, 0]
    stream.on('response', (headers) => (status = Number(headers[':status'])))
    stream.on('data', (part: Buffer) => {
      bytes += part.length
      if (kind === 0) stream.close(constants.NGHTTP2_CANCEL)
    })
    stream.on('error', () => {})
    stream.on('close', () => {
      if (kind >= 3 && (status !== 200 || bytes !== (size === 0 ? 2 : size)))
        reject(new Error(`${path}: ${status}, ${bytes} bytes`))
      else resolve()
    })
    if (size > 0) stream.end(BODY.subarray(0, size))
  })
}
