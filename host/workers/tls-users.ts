/** The contexts of TLS in a configuration. */
import { chainsOf } from '../config/chains-of.ts'
import type { BootstrapConfig, TlsConfig, TlsSecret } from '../config/types.ts'
import { listenerStatName } from '../proxy/listener.ts'
import { makeSecureContext } from '../tls/secure-context.ts'
import { combineValidations, lackOfAuthority } from '../tls/validation.ts'

/** A context, and who has it in statistics. */
export interface TlsUser {
  readonly tls: TlsConfig
  /** `listener.<address>.server` or `cluster.<name>.client`. */
  readonly owner: string
  /** Names are verified that only an authority can vouch for. */
  readonly needsAuthority: boolean
}

/** Of clusters, then of listeners. */
export function tlsUsersOf({ listeners, clusters }: BootstrapConfig): TlsUser[] {
  const upstream = clusters.flatMap(({ name, value: { altStatName, tls: own, tlsMatches } }) => {
    const owner = `cluster.${altStatName === '' ? name : altStatName}.client`
    return [own, ...tlsMatches.map(({ tls }) => tls)].flatMap((tls) =>
      tls === null ? [] : [{ tls, owner, needsAuthority: tls.verifiesName }],
    )
  })
  const downstream = listeners.flatMap(({ value }) => {
    const owner = `listener.${listenerStatName(value)}.server`
    return chainsOf(value).flatMap(({ tls }) => (tls === null ? [] : [{ tls, owner, needsAuthority: false }]))
  })
  return [...upstream, ...downstream]
}

/** Throws what OpenSSL or Envoy says when the context cannot use the secret. */
export function tryWithSecret({ tls, needsAuthority }: TlsUser, secret: TlsSecret): void {
  if (secret.kind === 'tlsCertificate') return void makeSecureContext({ ...tls, validation: null }, [secret.value])
  const validation = tls.validation === null ? secret.value : combineValidations(tls.validation, secret.value)
  const [lack] = lackOfAuthority(validation)
  if (lack !== undefined) throw new Error(lack)
  if (needsAuthority && validation.trustedCa === null)
    throw new Error("'auto_sni_san_validation' was configured without configuring a trusted CA")
  makeSecureContext({ ...tls, validation }, [])
}
