/**
 * What a parsed request head means (hot): the header map in Envoy's order, the framing of the body, and whether the
 * connection outlives the exchange. Fields of this hop do not get into the map; Envoy has removed them, too, before
 * the first filter runs.
 */
import type { Http1Config } from '../config/types.ts'
import { isAuthority } from '../http/authority.ts'
import type { CodecRefusal } from '../http/codec.ts'
import { takeExpectation } from '../http/expectation.ts'
import { HeaderMap, NO_ORIGIN, valueOnly } from '../http/header-map.ts'
import { NameFlag, nameFlags, nameOf } from '../http/names.ts'
import { connectionTokens, isProtectedName } from './connection-tokens.ts'
import { contentLengthOf } from '../http/content-length.ts'
import { NO_VERSION, type HeadParser } from './head-parser.ts'
import { addInline, beginHead } from '../http/inline-names.ts'
import { originalNames, preservedOf } from './letter-case.ts'
import { knownMethod } from './methods.ts'
import { Refusal } from './refusals.ts'
import { parseRequestTarget } from './request-target.ts'

const SPECIAL = NameFlag.Framing | NameFlag.HopByHop
const SLASH = 0x2f

/** The meaning of one request head; one object per connection, filled anew for each request. */
export class RequestHead {
  map = new HeaderMap()
  method = ''
  isConnect = false
  isHttp10 = false
  /** -1 = no Content-Length. */
  contentLength = -1
  isChunked = false
  /** The client asks for another protocol, and the request has no body. */
  isUpgrade = false
  expectsContinue = false
  /** The connection ends with the response. */
  close = false

  /** Values of fields that are looked at after all fields are known; null = absent. */
  connection: string | null = null
  proxyConnection: string | null = null
  transferEncoding: string | null = null
  upgrade: string | null = null
  /** Where Connection and Upgrade stood among the fields, for upgrades, which keep them. */
  connectionAt = 0
  upgradeAt = 0
  hasHost = false
  hasExpect = false
  hasAbsoluteTarget = false

  /** Reads the head that `parser` has completed; null = accepted. `scheme` is that of the connection. */
  read(parser: HeadParser, config: Http1Config, scheme: string): CodecRefusal | null {
    this.#clear()
    const refusal = this.#readLine(parser, config, scheme) ?? this.#readFields(parser, config)
    if (refusal !== null) return refusal
    const fault = this.#readFraming(config) ?? this.#readVersion(parser, config) ?? this.#readConnection()
    if (this.hasExpect) this.expectsContinue = takeExpectation(this.map) && !this.isHttp10
    return fault
  }

  #clear(): void {
    this.map = new HeaderMap()
    this.contentLength = -1
    this.isChunked = false
    this.isUpgrade = false
    this.expectsContinue = false
    this.hasExpect = false
    this.connection = null
    this.proxyConnection = null
    this.transferEncoding = null
    this.upgrade = null
    this.hasHost = false
    this.hasAbsoluteTarget = false
    beginHead()
  }

  /** Pseudo headers; `:authority` is filled in when Host is met. */
  #readLine(parser: HeadParser, config: Http1Config, scheme: string): CodecRefusal | null {
    const text = parser.text
    const method = text.substring(0, parser.methodEnd)
    const target = text.substring(parser.targetStart, parser.targetEnd)
    this.method = knownMethod(method) ?? method
    this.isConnect = this.method === 'CONNECT'
    if (target.charCodeAt(0) !== SLASH || this.isConnect) return this.#readTarget(target, config, scheme)
    const map = this.map
    map.pushLine(':authority', '', NO_ORIGIN)
    map.pushLine(':path', target, valueOnly(parser.targetStart))
    map.pushLine(':method', this.method, valueOnly(0))
    map.fields.push(':scheme', scheme)
    return null
  }

  #readTarget(text: string, config: Http1Config, scheme: string): CodecRefusal | null {
    const target = parseRequestTarget(text, this.method, config.allowAbsoluteUrl)
    if ('status' in target) return target
    const fields = this.map.fields
    this.hasAbsoluteTarget = target.authority !== null
    fields.push(':authority', target.authority ?? '')
    if (target.scheme !== null) fields.push(':scheme', target.scheme)
    if (!this.isConnect) fields.push(':path', target.path)
    fields.push(':method', this.method)
    if (target.scheme === null) fields.push(':scheme', scheme)
    return null
  }

  #readFields(parser: HeadParser, config: Http1Config): CodecRefusal | null {
    const { text, fields } = parser
    const { ids, valueStarts, valueEnds, origins, count } = fields
    const map = this.map
    map.source = text
    map.flags = 0
    const preserved = preservedOf(config.letterCase)
    if (preserved !== null) map.writer = originalNames(parser, preserved)
    for (let i = 0; i < count; i++) {
      const id = ids[i]!
      const value = text.substring(valueStarts[i]!, valueEnds[i]!)
      const flags = id < 0 ? 0 : nameFlags(id)
      if ((flags & SPECIAL) !== 0) {
        const refusal = this.#readSpecial(nameOf(id), value, origins[i]!, valueStarts[i]!)
        if (refusal !== null) return refusal
        continue
      }
      const name = id < 0 ? text.substring(fields.nameStarts[i]!, fields.nameEnds[i]!) : nameOf(id)
      if (config.underscores !== 'ALLOW' && name.includes('_')) {
        if (config.underscores === 'REJECT_REQUEST') return Refusal.unexpectedUnderscore
        continue
      }
      map.flags |= flags
      if ((flags & NameFlag.JoinsInRequest) !== 0) addInline(map, id, name, value, origins[i]!)
      else map.pushLine(name, value, origins[i]!)
    }
    return null
  }

  #readSpecial(name: string, value: string, origin: number, valueStart: number): CodecRefusal | null {
    switch (name) {
      case 'host':
        return this.#readHost(value, valueStart)
      case 'content-length':
        return this.#readContentLength(value, origin)
      case 'connection':
        if (this.connection === null) this.connectionAt = this.map.fields.length
        this.connection = joined(this.connection, value)
        break
      case 'upgrade':
        if (this.upgrade === null) this.upgradeAt = this.map.fields.length
        this.upgrade = joined(this.upgrade, value)
        break
      case 'transfer-encoding':
        this.transferEncoding = joined(this.transferEncoding, value)
        break
      case 'proxy-connection':
        this.proxyConnection = joined(this.proxyConnection, value)
        break
      case 'te':
        if (hasTrailersToken(value) && !this.map.has('te')) this.map.push('te', 'trailers')
        break
      case 'expect':
        this.hasExpect = true
        this.map.add('expect', value)
    }
    return null
  }

  /** One Host only: two of them are read differently by different servers (RFC 9112, 3.2). */
  #readHost(value: string, start: number): CodecRefusal | null {
    if (this.hasHost) return Refusal.codecError
    this.hasHost = true
    if (this.hasAbsoluteTarget) return null
    if (!isAuthority(value)) return Refusal.invalidAuthority
    this.map.fields[1] = value
    this.map.origins[0] = valueOnly(start)
    return null
  }

  #readContentLength(value: string, origin: number): CodecRefusal | null {
    if (this.contentLength >= 0) return Refusal.codecError
    this.contentLength = contentLengthOf(value)
    if (this.contentLength < 0) return Refusal.codecError
    this.map.pushLine('content-length', value, origin)
    return null
  }

  #readFraming(config: Http1Config): CodecRefusal | null {
    if (this.isConnect) return this.#readNoBody()
    if (this.transferEncoding === null) return null
    this.isChunked = this.transferEncoding.toLowerCase() === 'chunked'
    if (this.contentLength >= 0) {
      if (!this.isChunked || !config.allowChunkedLength) return Refusal.lengthAndChunked
      this.map.remove('content-length')
      this.contentLength = -1
    }
    return this.isChunked ? null : Refusal.invalidTransferEncoding
  }

  /** What follows CONNECT is the tunnel's: it has no body, and says so by no field. */
  #readNoBody(): CodecRefusal | null {
    if (this.contentLength > 0) return Refusal.bodyDisallowed
    if (this.contentLength === 0) this.map.remove('content-length')
    return this.transferEncoding === null ? null : Refusal.invalidTransferEncoding
  }

  #readVersion(parser: HeadParser, config: Http1Config): CodecRefusal | null {
    this.isHttp10 = parser.version !== 11
    if (this.isHttp10) {
      // Some parsers take `GET /HTTP/1.1` for HTTP/1.1, with fields behind it.
      if (parser.version === NO_VERSION && parser.text.endsWith('HTTP/1.1', parser.targetEnd)) return Refusal.codecError
      if (!config.acceptHttp10) return Refusal.lowVersion
    }
    if (this.hasHost || this.hasAbsoluteTarget) return null
    if (this.isHttp10 && config.defaultHostForHttp10 !== '') this.map.fields[1] = config.defaultHostForHttp10
    else this.map.remove(':authority')
    return null
  }

  #readConnection(): CodecRefusal | null {
    this.close = this.isHttp10
    if (this.proxyConnection !== null && connectionTokens(this.proxyConnection).close) this.close = true
    if (this.connection === null) return null
    const tokens = connectionTokens(this.connection)
    if (tokens.close) this.close = true
    // A chunked HTTP/1.0 message is ambiguous for whatever stands in front of us (RFC 9112, 6.1).
    else if (this.isHttp10 && tokens.keepAlive && !this.isChunked) this.close = false
    if (tokens.upgrade && this.#isUpgradable()) this.#keepUpgrade()
    else if (tokens.nominated !== null) return this.#removeNominated(tokens.nominated)
    return null
  }

  /** HTTP/2 by Upgrade is not offered; a request with a body goes on without its wish (RFC 9110, 7.8 allows both). */
  #isUpgradable(): boolean {
    if (this.upgrade === null || this.isHttp10 || this.isConnect) return false
    return this.contentLength <= 0 && !this.isChunked && this.upgrade.toLowerCase() !== 'h2c'
  }

  #keepUpgrade(): void {
    this.isUpgrade = true
    const map = this.map
    // From the back, so that the second index still fits.
    if (this.upgradeAt >= this.connectionAt) {
      map.insert(this.upgradeAt, 'upgrade', this.upgrade!)
      map.insert(this.connectionAt, 'connection', this.connection!)
    } else {
      map.insert(this.connectionAt, 'connection', this.connection!)
      map.insert(this.upgradeAt, 'upgrade', this.upgrade!)
    }
  }

  /** Fields named in Connection end here; some must not be removed that way (Envoy refuses the same ones). */
  #removeNominated(names: readonly string[]): CodecRefusal | null {
    for (const name of names) {
      if (isProtectedName(name)) return Refusal.connectionHeaderRejected
      if (name !== 'te') this.map.remove(name === 'host' ? ':authority' : name)
    }
    return null
  }
}

function joined(before: string | null, value: string): string {
  return before === null ? value : `${before},${value}`
}

function hasTrailersToken(value: string): boolean {
  if (value === 'trailers') return true
  return value.split(',').some((token) => token.trim().toLowerCase() === 'trailers')
}
