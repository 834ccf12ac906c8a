/** The judges that tests have at hand: a real Envoy, our host on each engine, the harness. */
import { createHost, type EngineName } from '../../host/index.ts'
import { kitBootstrap, type Places } from '../../host/conformance/bootstrap.ts'
import type { Judge, JudgedHost } from '../../host/conformance/judge.ts'
import { MOUNT_POINTS, mountName, type MountPoint } from '../../host/conformance/mounts.ts'
import { SocketHost } from '../../host/conformance/socket-host.ts'
import { KitUpstream } from '../../host/conformance/upstream.ts'
import type { AbiVersion } from '../../host/abi/version.ts'
import { EnvoyProcess } from '../support/envoy.ts'
import { freePorts } from '../support/ports.ts'
import { HarnessHost } from './harness-host.ts'

/** Starts a proxy with this bootstrap; resolves with what stops it. */
type Start = (bootstrap: object, places: Places) => Promise<() => Promise<void>>

function socketJudge(name: string, isReference: boolean, start: Start): Judge {
  return { name, open: (versions) => openOnSockets(versions, isReference, start) }
}

async function openOnSockets(versions: readonly AbiVersion[], isReference: boolean, start: Start): Promise<JudgedHost> {
  const upstream = await KitUpstream.start(0, 0, 0)
  const points = MOUNT_POINTS.filter(({ version }) => versions.includes(version))
  const [refusedPort, adminPort, ...free] = await freePorts(points.length + 2)
  const ports = new Map<MountPoint, number>(points.map((point, at) => [point, free[at]!]))
  const places = {
    ports,
    upstreamPort: upstream.port,
    rpcPort: upstream.rpcPort,
    peerPort: upstream.peer.port,
    refusedPort: refusedPort!,
    adminPort: adminPort!,
  }
  const urls = new Map([...ports].map(([point, port]) => [mountName(point), new URL(`http://127.0.0.1:${port}`)]))
  try {
    return new SocketHost(urls, upstream, isReference, await start(kitBootstrap(places), places))
  } catch (error) {
    await upstream.close()
    throw error
  }
}

export const envoyJudge = socketJudge('envoy', true, async (bootstrap, { adminPort }) => {
  const envoy = await EnvoyProcess.start(adminPort, () => Promise.resolve(bootstrap))
  return async () => void (await envoy.stop())
})

export function hostJudge(engine: EngineName): Judge {
  return socketJudge('host', false, async (bootstrap) => {
    const host = await createHost({ config: bootstrap, engine, concurrency: 1, onLog: () => {} })
    return () => host.stop()
  })
}

export const harnessJudge: Judge = { name: 'harness', open: () => Promise.resolve(new HarnessHost()) }
