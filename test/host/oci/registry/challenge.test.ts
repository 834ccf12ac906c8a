import { expect, it } from 'vitest'
import { parseChallenges } from '../../../../host/oci/registry/challenge.ts'

it.each([
  ['Basic realm="a"', [['basic', { realm: 'a' }]]],
  ['Basic', [['basic', {}]]],
  [
    'Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"',
    [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:x:pull,push' }]],
  ],
  ['bearer Realm=https://a/t , SERVICE = s', [['bearer', { realm: 'https://a/t', service: 's' }]]],
  [
    'Basic realm="x", Bearer realm="y",service="z"',
    [
      ['basic', { realm: 'x' }],
      ['bearer', { realm: 'y', service: 'z' }],
    ],
  ],
  [
    'Negotiate, Basic realm="a \\"quoted\\" one"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'a "quoted" one' }],
    ],
  ],
  ['', []],
  ['Bearer realm="open', [['bearer', {}]]],
])('reads %s', (header, wanted) => {
  expect(parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(wanted)
})
