// Verifies one signature `x-count` times, by the SDK or by the proxy's `verify_signature` (`x-by: proxy`).
import {
  Action, Bytes, EcPublicKey, Ed25519PublicKey, HttpContext, P256, RootContext, RsaPublicKey, SHA256, SignatureKey, decodeHex,
  registerRoot, utf8, verifySignature,
} from '@sluice/sdk'

export * from '@sluice/sdk/exports/lifecycle'
export * from '@sluice/sdk/exports/request'

class Signatures extends HttpContext {
  override onRequestHeaders(endOfStream: bool): Action {
    const headers = this.requestHeaders
    const count = headers.get(utf8('x-count')).toU32()
    const message = headers.get(utf8('x-message'))
    const spki = this.bytes(utf8('x-key'))
    const signature = this.bytes(utf8('x-signature'))
    const isProxy = headers.get(utf8('x-by')).equals(utf8('proxy'))
    const good = isProxy ? countByProxy(count, spki, message, signature) : countByKind(headers.get(utf8('x-kind')), count, spki, message, signature)
    this.sendLocalResponse(good == count ? 200 : 500, utf8('verified'))
    return Action.Pause
  }

  private bytes(name: Bytes): Bytes {
    return decodeHex(this.requestHeaders.get(name))
  }
}

function countByKind(kind: Bytes, count: u32, spki: Bytes, message: Bytes, signature: Bytes): u32 {
  if (kind.equals(utf8('RS256'))) return countRsa(count, RsaPublicKey.fromSpki(spki)!, message, signature)
  if (kind.equals(utf8('ES256'))) return countEc(count, EcPublicKey.fromSpki(P256, spki)!, message, signature)
  return countEd(count, Ed25519PublicKey.fromSpki(spki)!, message, signature)
}

function countRsa(count: u32, key: RsaPublicKey, message: Bytes, signature: Bytes): u32 {
  let good: u32 = 0
  for (let i: u32 = 0; i < count; i++) good += u32(key.verifyPkcs1(SHA256, message, signature))
  return good
}

function countEc(count: u32, key: EcPublicKey, message: Bytes, signature: Bytes): u32 {
  let good: u32 = 0
  for (let i: u32 = 0; i < count; i++) good += u32(key.verifyDer(SHA256, message, signature))
  return good
}

function countEd(count: u32, key: Ed25519PublicKey, message: Bytes, signature: Bytes): u32 {
  let good: u32 = 0
  for (let i: u32 = 0; i < count; i++) good += u32(key.verify(message, signature))
  return good
}

function countByProxy(count: u32, spki: Bytes, message: Bytes, signature: Bytes): u32 {
  let good: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    good += u32(verifySignature(utf8('sha256'), SignatureKey.der(spki), signature, message).isOk)
  }
  return good
}

class SignaturesRoot extends RootContext {
  override createHttpContext(id: u32): HttpContext {
    return new Signatures(id)
  }
}

registerRoot((id: u32): RootContext => new SignaturesRoot(id))
