import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'

/** The event that says that a socket which connects can be used. */
export function readyEvent(socket: Socket): 'connect' | 'secureConnect' {
  return socket instanceof TLSSocket ? 'secureConnect' : 'connect'
}
