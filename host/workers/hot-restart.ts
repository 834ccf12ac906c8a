/**
 * A new process takes over from one that runs, by the admin interface that both have at one address. Nothing is handed from
 * process to process: the new one binds its sockets beside those of the old one (`reusePort`), and once it serves, the old
 * one closes its own and drains.
 */
import { request } from 'node:http'
import { addressLabel } from '../cluster/endpoint.ts'
import { HOT_RESTART_VERSION } from '../admin/server-endpoints.ts'
import type { BootstrapConfig, SocketAddress } from '../config/types.ts'
import { SluiceError } from '../errors.ts'

/** Milliseconds that the old process may take to answer. */
const ANSWER_LIMIT = 5000

/** Where the old process is to be asked. Throws SLUICE_RUN_RESTART without an admin address that both have. */
export function parentAddress({ admin }: BootstrapConfig): SocketAddress {
  if (admin !== null && admin.address.port !== 0) return admin.address
  const detail = {
    path: 'admin.address',
    seen: admin === null ? 'none' : 'port 0',
    wanted: 'the admin address of the process before',
  }
  throw new SluiceError('SLUICE_RUN_RESTART', 'Cannot take over from another process', detail)
}

/** Rejects with SLUICE_RUN_RESTART when no process is there that can be taken over from. */
export async function findParent(address: SocketAddress): Promise<void> {
  const version = (await ask(address, 'GET', '/hot_restart_version')).trim()
  if (version !== HOT_RESTART_VERSION)
    throw restartError(address, `hot restart version '${version}'`, `version '${HOT_RESTART_VERSION}'`)
}

/** The old process closes its admin interface and drains. */
export async function takeOver(address: SocketAddress): Promise<void> {
  await ask(address, 'POST', '/hand_over')
}

function ask({ host, port }: SocketAddress, method: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (seen: string): void => reject(restartError({ host, port }, seen, 'a host with an admin interface'))
    const call = request({ host, port, path, method, agent: false, timeout: ANSWER_LIMIT }, (response) => {
      let text = ''
      response.setEncoding('latin1').on('data', (part: string) => (text += part))
      response.on('end', () => (response.statusCode === 200 ? resolve(text) : fail(`status ${response.statusCode}`)))
      response.on('error', (error) => fail(error.message))
    })
    call.on('timeout', () => call.destroy(new Error(`no answer within ${ANSWER_LIMIT} ms`)))
    call.on('error', (error) => fail(error.message))
    call.end()
  })
}

function restartError({ host, port }: SocketAddress, seen: string, wanted: string): SluiceError {
  return new SluiceError('SLUICE_RUN_RESTART', 'Cannot take over from another process', {
    path: addressLabel(host, port),
    seen,
    wanted,
  })
}
