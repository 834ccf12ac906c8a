/** Secrets that stand in the configuration itself (source/common/secret/secret_manager_impl.cc). */
import type { Secret } from '../gen/envoy/extensions/transport_sockets/tls/v3/secret_pb.ts'
import type { ConfigPath } from '../path.ts'

/** What a secret is; secrets of different kinds may have the same name. */
export type SecretKind = Exclude<Secret['type']['case'], undefined>
export type SecretMessage<Kind extends SecretKind> = Extract<Secret['type'], { case: Kind }>['value']

export interface StaticSecret<Kind extends SecretKind> {
  readonly secret: Secret
  readonly message: SecretMessage<Kind>
  /** Leads to the message. */
  readonly path: ConfigPath
}

const FIELDS: Readonly<Record<SecretKind, string>> = {
  tlsCertificate: 'tls_certificate',
  validationContext: 'validation_context',
}

export class StaticSecrets {
  readonly #secrets: readonly Secret[]

  constructor(secrets: readonly Secret[]) {
    this.#secrets = secrets
  }

  find<Kind extends SecretKind>(kind: Kind, name: string): StaticSecret<Kind> | null {
    const index = this.#secrets.findIndex((one) => one.name === name && one.type.case === kind)
    const secret = this.#secrets[index]
    if (secret === undefined) return null
    // The kind says which message it is.
    const message = secret.type.value as SecretMessage<Kind>
    return { secret, message, path: ['static_resources', 'secrets', index, FIELDS[kind]] }
  }
}
