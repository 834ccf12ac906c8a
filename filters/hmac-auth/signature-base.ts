import { Bytes, BytesBuilder, HeaderMap, SfItem, utf8 } from "@sluice/sdk";
import { componentValue } from "./component";

/** What a signature of a request is made of (RFC 9421 2.5). */
// @ts-ignore: decorator
@final
export class SignatureBase {
  /** Why there is none; absent when there is one. */
  fault: Bytes = Bytes.absent;
  private readonly text: BytesBuilder = BytesBuilder.create();
  /** Covered components as written, each with its parameters. */
  private readonly names: Bytes[] = [];

  /** Of a member of `Signature-Input`, an inner list. */
  constructor(headers: HeaderMap, input: SfItem) {
    for (let i = 0; i < input.items.length; i++) this.addComponent(headers, input.items[i]);
    input.write(this.text.add(utf8('"@signature-params": ')));
  }

  /** Whether a component, as written, is covered. */
  covers(name: Bytes): bool {
    for (let i = 0; i < this.names.length; i++) if (this.names[i].equals(name)) return true;
    return false;
  }

  toBytes(): Bytes {
    return this.text.toBytes();
  }

  private addComponent(headers: HeaderMap, component: SfItem): void {
    const name = BytesBuilder.create();
    component.write(name);
    const written = name.toBytes();
    const value = componentValue(headers, component);
    if (this.covers(written)) this.fault = utf8("hmac_auth_duplicate_component");
    if (value.isAbsent) this.fault = utf8("hmac_auth_missing_component");
    this.names.push(written);
    this.text.add(written).addByte(0x3a).addByte(0x20).add(value).addByte(0x0a);
  }
}
