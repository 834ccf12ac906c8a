/** The server of `server.py` as a child process: gRPC's C core, of the PyPI package `grpcio`. */
import { fileURLToPath } from 'node:url'
import { cached } from '../cache.ts'
import { ChildProgram } from '../child-program.ts'
import { freePorts } from '../ports.ts'
import { python } from '../python.ts'

const VERSION = '1.85.3'
const SERVER = fileURLToPath(new URL('./server.py', import.meta.url))

/** Folder of the installed package; rejects with the reason when it cannot be had. */
export function fetchGrpcio(): Promise<string> {
  return cached(`grpcio-${VERSION}`, (folder) => {
    const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '--target', folder]
    return python([...pip, `grpcio==${VERSION}`], `grpcio ${VERSION}`)
  })
}

export interface GrpcOrigin {
  readonly port: number
  /** Its connections end, with GOAWAY, after 300 ms. */
  readonly shortLived: number
  stop(): Promise<void>
}

export async function startGrpcOrigin(): Promise<GrpcOrigin> {
  const [port, shortLived] = (await freePorts(2)) as [number, number]
  const environment = { PYTHONPATH: await fetchGrpcio(), GRPC_VERBOSITY: 'NONE' }
  const program = await ChildProgram.listening('python3', [SERVER, String(port), String(shortLived)], port, environment)
  return { port, shortLived, stop: () => program.stop('SIGKILL') }
}
