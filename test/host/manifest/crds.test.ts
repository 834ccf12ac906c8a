/** The objects against the definitions that the products ship. */
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { renderManifest, SURFACES } from '../../../host/manifest/render.ts'
import { fetchOrReason } from '../../drift/config-tools.ts'
import { crdJudge, ENVOY_GATEWAY_CRDS, ISTIO_CRDS } from '../../support/crd.ts'
import { FULL, IMAGE, WEB } from './deployments.ts'

const { value: judge, reason } = await fetchOrReason(() => crdJudge([ISTIO_CRDS, ENVOY_GATEWAY_CRDS]))

/** Surfaces whose definition is served, and the kind of each document. */
const DEFINED = ['istio-wasmplugin', 'istio-trafficextension', 'istio-envoyfilter', 'envoy-gateway']

function objects(name: string, deployment: object): { apiVersion: string; kind: string }[] {
  const yaml = renderManifest(
    SURFACES.find((surface) => surface.name === name)!,
    { ...FULL[name]!, ...deployment },
  )
  return parseAllDocuments(yaml).map((document) => document.toJS() as { apiVersion: string; kind: string })
}

describe.skipIf(judge === null)(`the definitions of Istio and Envoy Gateway${reason}`, () => {
  describe.each(DEFINED)('accept %s', (name) => {
    test.each([
      ['an image', IMAGE],
      ['a web server', WEB],
    ])('with the module in %s', (_, { module }) => {
      expect(objects(name, { module }).flatMap(judge!)).toEqual([])
    })
  })

  test('accept the WasmPlugin of an image volume', () => {
    const [, plugin] = objects('k8s-image-volume', {})
    expect(judge!(plugin!)).toEqual([])
  })

  test.each(['gateway', 'gatewayclass', 'service', 'serviceentry'])('accept a %s as target', (kind) => {
    const deployment = { targets: [{ kind, name: 'a' }], selector: undefined }
    expect(objects('istio-wasmplugin', deployment).flatMap(judge!)).toEqual([])
  })

  // Higress is a fork of Istio, and its definition is in no package: what it added is left out here.
  test('accept what Higress has of Istio', () => {
    const [object] = objects('higress', {}) as { spec: { defaultConfig: object } }[] & { apiVersion: string; kind: string }[]
    const { defaultConfig: pluginConfig, ...spec } = object!.spec
    const asIstio = { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin', spec: { ...spec, pluginConfig } }
    expect(judge!(asIstio)).toEqual([])
  })

  test('see a field that does not exist and a value that is not allowed', () => {
    const spec = { urll: 'oci://a/b', url: 'oci://a/b', phase: 'LAST' }
    const faults = judge!({ apiVersion: 'extensions.istio.io/v1alpha1', kind: 'WasmPlugin', spec } as never)
    expect(faults).toEqual([expect.stringContaining('urll'), expect.stringContaining('/spec/phase')])
  })
})
