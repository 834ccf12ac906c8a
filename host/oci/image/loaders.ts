/** Who can load an image, by its layout: what the products' sources and documents say (docs/OCI.md has the table). */
import type { ExtractedModule } from './extract-module.ts'

export interface Loader {
  readonly name: string
  readonly loads: boolean
  /** What is to be known; empty = nothing. */
  readonly remark: string
}

type Form = 'container' | 'artifact' | 'raw'

/** The products, and the forms that each takes. */
const PRODUCTS: readonly { readonly name: string; readonly forms: readonly Form[]; readonly remark: string }[] = [
  { name: 'Istio', forms: ['container', 'artifact'], remark: '' },
  { name: 'Envoy Gateway', forms: ['container', 'artifact'], remark: '' },
  { name: 'Higress', forms: ['container', 'artifact'], remark: '' },
  { name: 'Sluice', forms: ['container', 'artifact', 'raw'], remark: '' },
  { name: 'Google Service Extensions', forms: ['container'], remark: 'from Artifact Registry' },
  { name: 'Kubernetes image volumes', forms: ['container'], remark: 'on nodes of the platform that its config claims' },
  { name: 'tools for components (wkg, wash)', forms: ['raw'], remark: 'application/wasm only; made for components' },
  { name: 'Envoy', forms: [], remark: 'takes files and HTTP: pull the module first' },
]

/** One row per product. A mesh takes an index for one child in it, and then no pin of the index's digest. */
export function loadersOf({ layout, manifest }: Pick<ExtractedModule, 'layout' | 'manifest'>, isIndex: boolean): Loader[] {
  const form = formOf(layout, manifest.layers.length)
  return PRODUCTS.map(({ name, forms, remark }) => {
    const pin = isIndex && forms.includes('artifact') ? 'never by the digest of the index' : ''
    return { name, loads: forms.includes(form), remark: pin || remark }
  })
}

function formOf(layout: ExtractedModule['layout'], layers: number): Form {
  if (layout === 'oci' || layout === 'docker') return 'container'
  return layout === 'artifact' && layers === 2 ? 'artifact' : 'raw'
}
