import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { ClaimHeader } from "./claim-header";
import { TokenHeader } from "./verified-token";

/** What the upstream gets of a provider's tokens. */
export class TokenOutput {
  /** Whether the token stays in the request. */
  keepsToken: bool = false;
  private payloadHeader: OwnedBytes = OwnedBytes.absent();
  private padsPayload: bool = false;
  private readonly claims: ClaimHeader[] = [];

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("forward"))) this.keepsToken = reader.readBool();
    else if (reader.at(utf8("forward_payload_header"))) this.payloadHeader = reader.readHeaderName();
    else if (reader.at(utf8("pad_forward_payload_header"))) this.padsPayload = reader.readBool();
    else if (reader.at(utf8("claim_to_headers"))) this.readClaims(reader);
    else return false;
    return true;
  }

  /** Appends the names of all headers that tell of tokens. */
  namesInto(names: OwnedBytes[]): void {
    if (this.payloadHeader.length > 0) names.push(this.payloadHeader);
    for (let i = 0; i < this.claims.length; i++) names.push(this.claims[i].name);
  }

  /** The headers that tell of a token: its claims as JSON, and its payload as it was sent. */
  headersOf(claims: Bytes, payload: Bytes): TokenHeader[] {
    const headers: TokenHeader[] = [];
    if (this.payloadHeader.length > 0) headers.push(new TokenHeader(this.payloadHeader, this.padded(payload)));
    for (let i = 0; i < this.claims.length; i++) {
      const values: OwnedBytes[] = [];
      this.claims[i].valuesOf(claims, values);
      for (let k = 0; k < values.length; k++) headers.push(new TokenHeader(this.claims[i].name, values[k]));
    }
    return headers;
  }

  private padded(payload: Bytes): OwnedBytes {
    const text = BytesBuilder.create().add(payload);
    while (this.padsPayload && (text.length & 3) != 0) text.addByte(0x3d);
    return text.toBytes().toOwned();
  }

  private readClaims(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.claims.push(ClaimHeader.read(reader));
  }
}
