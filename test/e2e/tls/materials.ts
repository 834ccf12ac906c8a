/** Certificates of the TLS suite, made for one run. */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TestAuthority, type Issued } from '../../support/authority.ts'

export interface Materials {
  readonly authority: TestAuthority
  readonly other: TestAuthority
  readonly server: Issued
  readonly second: Issued
  readonly rsa: Issued
  readonly locked: Issued
  readonly client: Issued
  readonly expired: Issued
  readonly foreign: Issued
  readonly revoked: Issued
  readonly plain: Issued
  readonly crl: string
}

export type ClientName = 'client' | 'expired' | 'foreign' | 'revoked' | 'plain'

export const PASSWORD = 'open sesame'

export async function makeMaterials(folder: string): Promise<Materials> {
  const make = async (name: string): Promise<TestAuthority> => {
    await mkdir(join(folder, name))
    return TestAuthority.create(join(folder, name), name)
  }
  const authority = await make('authority')
  const other = await make('other')
  const names = 'URI:spiffe://td/client,URI:spiffe://td/second,DNS:client.test,DNS:c2.test,email:x@y.z,IP:1.2.3.4'
  const revoked = await authority.issue({ subject: '/CN=revoked' })
  return {
    authority,
    other,
    server: await authority.issue({ subject: '/O=Org/CN=a.test', names: 'DNS:a.test,DNS:*.w.test,URI:spiffe://td/server' }),
    second: await authority.issue({ subject: '/CN=second', names: 'DNS:b.test,DNS:*.b.test' }),
    rsa: await authority.issue({ subject: '/CN=rsa', names: 'DNS:a.test', keyType: 'rsa' }),
    locked: await authority.issue({ subject: '/CN=locked', names: 'DNS:locked.test', password: PASSWORD }),
    client: await authority.issue({ subject: '/C=US/O=Org, "Inc"/CN=clü', names }),
    plain: await authority.issue({ subject: '/CN=plain' }),
    expired: await authority.issue({ subject: '/CN=old', isExpired: true }),
    foreign: await other.issue({ subject: '/CN=foreign' }),
    revoked,
    crl: await authority.revoke(revoked),
  }
}

/** As `verify_certificate_hash` wants it, with colons. */
export function certificateHash({ certificate }: Issued): string {
  return new X509Certificate(certificate).fingerprint256
}

/** As `verify_certificate_spki` wants it. */
export function keyHash({ certificate }: Issued): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
