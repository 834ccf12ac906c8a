/** How the files of secrets change, one step after the other, and what clients see then. */
import { writeFile } from 'node:fs/promises'
import { authority, certificate, responseOf, type SecretFiles } from './files.ts'
import type { Sight } from './proxy.ts'

export interface Step {
  readonly name: string
  readonly act: (files: SecretFiles) => Promise<void>
  /** What is seen otherwise than before. */
  readonly expect: Sight
  readonly differs?: { readonly reason: string; readonly envoy: Sight }
}

const NO_SECRET = '503 upstream connect error or disconnect/reset before headers. reset reason: remote connection failure'

export const AT_START: Sight = {
  good: 'one 200',
  never: '- -',
  later: '- -',
  some: 'one 200',
  known: 'client 200',
  files: 'one 200',
  watched: 'one 200',
  volume: 'one 200',
  mounted: 'one 200',
  trusting: 'one 200',
  trusting_later: '- -',
  mistaken: '- -',
  combined: 'one 200',
  up: '200 client',
  up_later: NO_SECRET,
}

/** What Envoy makes of the start: a listener that should trust an authority trusts everybody. */
export const DIFFERENT_START = { reason: 'a secret of another kind is none', envoy: { mistaken: 'one 200' } }

export const STEPS: readonly Step[] = [
  {
    name: 'the first secret comes',
    act: async (files) => {
      await files.secret('later', certificate(files.materials.two))
      await files.secret('ca_later', authority(files.materials.authority.pem))
      await files.secret('mistaken', authority(files.materials.authority.pem))
    },
    expect: {
      later: 'two 200',
      some: 'two 200',
      known: 'two 200',
      trusting_later: 'one 200',
      mistaken: 'one 200',
      up_later: '200 two',
    },
  },
  {
    name: 'another secret comes',
    act: (files) => files.secret('good', certificate(files.materials.two)),
    expect: { good: 'two 200' },
  },
  ...['half a text', 'no secret', 'two secrets', 'a secret of another kind', 'another key', 'no certificate'].map((what) => ({
    name: `what is wrong changes nothing: ${what}`,
    act: (files: SecretFiles) => files.put('good.yaml', wrong(what, files)),
    expect: {},
  })),
  {
    name: 'another authority is trusted',
    act: (files) => files.secret('ca', authority(files.materials.other.pem)),
    expect: { trusting: 'one -', combined: 'one -' },
  },
  {
    name: 'an authority that is none changes nothing',
    act: (files) => files.secret('ca', authority('nothing')),
    expect: {},
  },
  {
    name: 'another authority of an upstream is trusted',
    act: (files) => files.secret('up_ca', authority(files.materials.other.pem)),
    expect: { up: NO_SECRET },
  },
  {
    name: 'a key without its certificate changes nothing',
    act: (files) => files.put('pair/key.pem', files.materials.two.key),
    expect: {},
  },
  {
    name: 'its certificate comes',
    act: (files) => files.put('pair/chain.pem', files.materials.two.chain),
    expect: { files: 'two 200' },
  },
  {
    name: 'files that another folder tells of',
    act: (files) => files.pair('quiet', files.materials.two),
    expect: {},
  },
  {
    name: 'the other folder tells',
    act: (files) => files.put('bell/anything', ''),
    expect: { watched: 'two 200' },
  },
  {
    name: 'volumes change',
    act: async (files) => {
      const { two } = files.materials
      await files.volume('volume', { 'secret.yaml': responseOf('volume', certificate(two)) })
      await files.volume('mount', { 'chain.pem': two.chain, 'key.pem': two.key })
    },
    expect: { volume: 'two 200', mounted: 'two 200' },
  },
]

/** Steps after which the proxies differ. */
export const DIFFERENT_STEPS: readonly Step[] = [
  {
    name: 'a file that is written in place',
    act: (files) => writeFile(files.path('later.yaml'), responseOf('later', certificate(files.materials.one))),
    expect: { later: 'one 200', some: 'one 200', known: 'one 200', up_later: '200 one' },
    differs: {
      reason: 'a secret counts however its file changes',
      envoy: { later: 'two 200', some: 'two 200', known: 'two 200', up_later: '200 two' },
    },
  },
]

function wrong(what: string, { materials: { one, two } }: SecretFiles): string {
  if (what === 'half a text') return '{ "resources": ['
  if (what === 'no secret') return responseOf('good')
  if (what === 'two secrets') return responseOf('good', certificate(one), certificate(two))
  if (what === 'a secret of another kind') return responseOf('good', authority(one.certificate))
  if (what === 'another key') return responseOf('good', certificate({ ...one, key: two.key }))
  return responseOf('good', certificate({ ...one, chain: 'x' }))
}
