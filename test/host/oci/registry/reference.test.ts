import { describe, expect, it } from 'vitest'
import {
  endpointHost,
  isLoopback,
  manifestKey,
  parseReference,
  parseRegistry,
  referenceText,
} from '../../../../host/oci/registry/reference.ts'

const SHA = `sha256:${'a'.repeat(64)}`

describe('parseReference', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx'],
    ['nginx:1.2', 'docker.io/library/nginx:1.2'],
    ['team/filter', 'docker.io/team/filter'],
    ['docker.io/nginx', 'docker.io/library/nginx'],
    ['index.docker.io/team/filter', 'docker.io/team/filter'],
    ['localhost/filter', 'localhost/filter'],
    ['localhost:5000', 'docker.io/library/localhost:5000'],
    ['localhost:5000/filter', 'localhost:5000/filter'],
    ['oci://ghcr.io/a/b:v1.0_x', 'ghcr.io/a/b:v1.0_x'],
    ['Registry/a', 'Registry/a'],
    ['[::1]:5000/a', '[::1]:5000/a'],
    ['127.0.0.1:5000/a/b__c/d--e.f', '127.0.0.1:5000/a/b__c/d--e.f'],
    [`ghcr.io/a@${SHA}`, `ghcr.io/a@${SHA}`],
    [`ghcr.io/a:1@${SHA}`, `ghcr.io/a:1@${SHA}`],
  ])('reads %s as %s', (text, wanted) => {
    expect(referenceText(parseReference(text))).toBe(wanted)
  })

  it.each([
    [''],
    ['https://ghcr.io/a'],
    ['ghcr.io/'],
    ['ghcr.io/A'],
    ['ghcr.io/a//b'],
    ['ghcr.io/a/'],
    ['ghcr.io/a:'],
    ['ghcr.io/a:-x'],
    [`ghcr.io/a:${'x'.repeat(129)}`],
    ['ghcr.io/a@sha256:abc'],
    [`ghcr.io/a@${SHA.toUpperCase()}`],
    ['ghcr.io/a@md5:abc'],
    ['ghcr.io/a?x=1'],
    ['ghcr.io/../a'],
    ['ghcr.io/a/../../b'],
    ['user@ghcr.io/a'],
    ['gh_cr.io:5000/a'],
    ['ghcr.io:port/a'],
    [`ghcr.io/${'a'.repeat(300)}`],
  ])('refuses "%s"', (text) => {
    expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'SLUICE_REGISTRY_REFERENCE' }))
  })

  it('asks for the digest before the tag, and for latest at last', () => {
    expect(manifestKey(parseReference(`ghcr.io/a:1@${SHA}`))).toBe(SHA)
    expect(manifestKey(parseReference('ghcr.io/a:1'))).toBe('1')
    expect(manifestKey(parseReference('ghcr.io/a'))).toBe('latest')
  })
})

describe('registries', () => {
  it.each([
    [`https://index.${'docker.io'}/v1/`, 'docker.io'],
    ['registry-1.docker.io', 'docker.io'],
    ['https://ghcr.io/v2/', 'ghcr.io'],
    ['localhost:5000', 'localhost:5000'],
  ])('reads %s as %s', (text, wanted) => {
    expect(parseRegistry(text)).toBe(wanted)
  })

  it('knows where Docker Hub answers', () => {
    expect(endpointHost('docker.io')).toBe('registry-1.docker.io')
    expect(endpointHost('ghcr.io')).toBe('ghcr.io')
  })

  it.each(['localhost', 'localhost:5000', '127.0.0.1:1', '127.9.9.9', '[::1]:80'])('knows %s as this machine', (host) => {
    expect(isLoopback(host)).toBe(true)
  })

  it.each(['localhost.example.com', '10.0.0.1', '128.0.0.1', '127.0.0.1.example.com'])(
    'does not take %s for this machine',
    (host) => {
      expect(isLoopback(host)).toBe(false)
    },
  )
})
