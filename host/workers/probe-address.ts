/** Finds out whether an address can be had: workers share theirs (`reusePort`), so they would not notice another owner. */
import { createServer } from 'node:net'
import type { SocketAddress } from '../config/types.ts'
import { SluiceError } from '../errors.ts'

/** Binds the address alone and lets it go. Rejects with SLUICE_LISTEN_ADDRESS when that fails. */
export async function probeAddress(name: string, address: SocketAddress): Promise<void> {
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host: address.host, port: address.port, exclusive: true }, resolve)
    })
  } catch (cause) {
    throw listenError(name, address, cause)
  }
  await new Promise((resolve) => server.close(resolve))
}

/** The error of a listener (or of the admin interface) that cannot have its address. */
export function listenError(name: string, address: SocketAddress, cause: unknown): SluiceError {
  const code = (cause as NodeJS.ErrnoException).code
  const reason = code === 'EADDRINUSE' ? 'the address is in use' : cause instanceof Error ? cause.message : String(cause)
  const path = `${address.host}:${address.port}`
  return new SluiceError(
    'SLUICE_LISTEN_ADDRESS',
    `Cannot listen for '${name}'`,
    { path, seen: reason, wanted: 'a free address of this machine' },
    cause,
  )
}
