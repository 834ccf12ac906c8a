/** Certificates of the suite, made for one run. */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TestAuthority, type Issued } from '../../support/authority.ts'

export interface Materials {
  readonly authority: TestAuthority
  readonly other: TestAuthority
  readonly one: Issued
  readonly two: Issued
  readonly client: Issued
}

export async function makeMaterials(folder: string): Promise<Materials> {
  const make = async (name: string): Promise<TestAuthority> => {
    await mkdir(join(folder, name))
    return TestAuthority.create(join(folder, name), name)
  }
  const authority = await make('authority')
  const issue = (name: string): Promise<Issued> => authority.issue({ subject: `/CN=${name}`, names: `DNS:${name}.test` })
  return {
    authority,
    other: await make('other'),
    one: await issue('one'),
    two: await issue('two'),
    client: await issue('client'),
  }
}
