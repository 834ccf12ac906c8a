import { Bytes, BytesBuilder, Hash, OwnedBytes, SignatureKey, utf8, verifySignature } from "@sluice/sdk";

/** What the proxy says of a signature. */
export enum ProxyAnswer {
  /** Nothing: it has no function for that, or cannot run it. */
  None,
  Holds,
  DoesNotHold,
}

/** A key that the proxy verifies with, some times faster than a module (Envoy's `verify_signature`). */
export class ProxyKey {
  private readonly spki: OwnedBytes;
  /** Until it has no answer once. */
  private isAsked: bool = true;

  /** Of a SubjectPublicKeyInfo in DER, of a key that is known to be a good one. */
  constructor(spki: Bytes) {
    this.spki = spki.toOwned();
  }

  /** A signature of RSA with PKCS#1 v1.5 padding, or of ECDSA in DER. */
  verify(hash: Hash, message: Bytes, signature: Bytes): ProxyAnswer {
    if (!this.isAsked) return ProxyAnswer.None;
    const name = BytesBuilder.create().add(utf8("sha")).addU64(hash.digestBytes << 3);
    const result = verifySignature(name.toBytes(), SignatureKey.der(this.spki.view), signature, message);
    this.isAsked = result.isAnswered;
    if (!this.isAsked) return ProxyAnswer.None;
    return result.isOk ? ProxyAnswer.Holds : ProxyAnswer.DoesNotHold;
  }
}
