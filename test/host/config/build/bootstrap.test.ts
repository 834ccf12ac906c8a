/** What the data plane gets of all else in a bootstrap. */
import { fromBinary, toBinary } from '@bufbuild/protobuf'
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { BootstrapSchema, buildConfiguration } from '../../../../host/config/index.ts'
import { HCM, read, ROUTER, sampleWith, socketAddress, TEST_INPUT, wasmFilter } from '../sample.ts'

describe('buildBootstrap', () => {
  it('keeps node, admin and statistics', () => {
    const node = { id: 'n', cluster: 'c', metadata: { A: 1 }, locality: { zone: 'z' } }
    const tags = [
      { tag_name: 'a', regex: 'x(.)' },
      { tag_name: 'b', fixed_value: 'f' },
    ]
    const stats = { stats_tags: tags, use_all_default_tags: false, stats_matcher: { reject_all: true } }
    const { config } = read(sampleWith({ node, admin: { address: socketAddress(9901) }, stats_config: stats }))
    expect(config.node).toMatchObject({ id: 'n', cluster: 'c', json: node })
    expect(config.admin).toEqual({ address: { host: '127.0.0.1', port: 9901 } })
    expect(config.stats).toEqual({
      tags: [
        { name: 'a', regex: /x(.)/ },
        { name: 'b', fixedValue: 'f' },
      ],
      useDefaultTags: false,
      rejectAll: true,
    })
  })

  it('gives a worker the same from bytes', () => {
    const { message, config } = read(
      sampleWith({ [`${HCM}.http_filters`]: [wasmFilter({ vm_config: { code: { local: { filename: 'f.wasm' } } } }), ROUTER] }),
    )
    const copy = fromBinary(BootstrapSchema, toBinary(BootstrapSchema, message))
    expect(buildConfiguration(copy, TEST_INPUT).config).toEqual(config)
  })

  it('reads each file once', () => {
    const files: string[] = []
    const filter = wasmFilter({ vm_config: { code: { local: { filename: 'f.wasm' } } } })
    const { message } = read(sampleWith({ [`${HCM}.http_filters`]: [filter, filter, ROUTER] }))
    const readFile = (path: string): Uint8Array => (files.push(path), createHash('md5').digest())
    const { filters } = buildConfiguration(message, { ...TEST_INPUT, readFile }).config.listeners[0]!.value.chains[0]!.http!
    expect(files).toEqual(['f.wasm', 'f.wasm.map'])
    expect(filters[0]!.plugin.code).toBe(filters[1]!.plugin.code)
  })
})
