/** Answers that refuse or make no sense: each is told in words that lead on. */
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { type FakeAnswer } from '../../../support/oci/fake-registry.ts'
import { always, errorOf, first, is, open, opened, other, PAGE, registry, UNAVAILABLE, waits } from './faulty-registry.ts'

describe('answers', () => {
  it.each<[string, FakeAnswer, string, RegExp]>([
    [
      '403',
      { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' },
      'SLUICE_REGISTRY_AUTH',
      /status 403, DENIED, no/,
    ],
    [
      '404 with a page',
      { status: 404, headers: { 'content-type': 'text/html; charset=x' }, body: PAGE.body! },
      'SLUICE_REGISTRY_NOT_FOUND',
      /text\/html "<html> <h1>Bad gateway/,
    ],
    [
      'an unknown name',
      { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
      'SLUICE_REGISTRY_NOT_FOUND',
      /NAME_UNKNOWN/,
    ],
    ['an unknown status', { status: 418 }, 'SLUICE_REGISTRY_ANSWER', /status 418/],
    ['no JSON', { status: 200, body: 'hello' }, 'SLUICE_REGISTRY_ANSWER', /"hello"/],
    ['a page of an overloaded proxy', PAGE, 'SLUICE_REGISTRY_ANSWER', /status 502/],
    ['an end without an answer', { fail: 'close' }, 'SLUICE_REGISTRY_NETWORK', /closed/],
    ['an answer without an end', { fail: 'endless' }, 'SLUICE_REGISTRY_ANSWER', /^$/],
    [
      'a redirect to another scheme',
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      'SLUICE_REGISTRY_ANSWER',
      /file:/,
    ],
  ])('tells of %s', async (_, answer, code, seen) => {
    always(() => true, answer)
    const error = await errorOf(open().listTags())
    expect(error.code).toBe(code)
    expect(error.detail.seen ?? '').toMatch(seen)
    // oxlint-disable-next-line no-control-regex
    expect(error.toString()).not.toMatch(/[\u0000-\u001f]/)
  })

  it('waits as long as it is told', async () => {
    first(() => true, { status: 429, headers: { 'retry-after': '7' } }, { status: 429, headers: { 'retry-after': '2' } })
    await open().listTags()
    expect(waits.map((millis) => Math.floor(millis / 1000))).toEqual([7, 2])
  })

  it('does not wait for hours', async () => {
    always(() => true, { status: 429, headers: { 'retry-after': '7200' } })
    const error = await errorOf(open().listTags())
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_ANSWER', detail: { seen: 'status 429, again after 7200 s' } })
    expect(waits).toEqual([])
  })

  it('waits 1 s, then 3 s, when it is told nothing', async () => {
    always(() => true, UNAVAILABLE)
    await errorOf(open().listTags())
    expect(waits.map((millis) => Math.floor(millis / 1000))).toEqual([1, 3])
  })

  it('ends the wait for a silent registry', async () => {
    always(() => true, { fail: 'hang' })
    const error = await errorOf(open({ limits: { requestMillis: 100 } }).listTags())
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_NETWORK', message: 'The registry took too long' })
  })

  it('names a host that does not exist, without trying again', async () => {
    const repository = openRepository(parseReference('registry.invalid/a'), { environment: {} })
    opened.push(repository)
    expect(await errorOf(repository.listTags())).toMatchObject({ code: 'SLUICE_REGISTRY_NETWORK' })
  })

  it('reads pages of tags on the same host only, and an empty list', async () => {
    first(
      is('GET', '/tags/'),
      { body: '{"tags":["1"]}', headers: { link: `<http://${other.host}/v2/x/tags/list?last=1>; rel="next"` } },
      { body: '{"tags":null}' },
    )
    expect(await open().listTags()).toEqual(['1'])
    expect(registry.paths('GET')).toEqual(['/v2/team/filter/tags/list?n=1000', '/v2/x/tags/list?last=1'])
    expect(other.requests).toEqual([])
  })

  it('leaves a list that does not end', async () => {
    always(() => true, { body: '{"tags":["1"]}', headers: { link: '</v2/team/filter/tags/list?last=1>; rel="next"' } })
    expect(await errorOf(open().listTags())).toMatchObject({ message: 'The list does not end' })
  })

  it('tells of a registry that deletes nothing', async () => {
    always(is('DELETE', ''), { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' })
    expect(await errorOf(open().deleteManifest('1'))).toMatchObject({
      detail: { seen: 'status 405, UNSUPPORTED', next: /digest/ },
    })
  })
})
