// A set of ranges as configuration, `{"ranges": ["10.0.0.0/8"]}`. A request asks for the addresses in `x-addresses`, joined by
// commas: logged is a digit per address, whether the set has it, or a dash where there is no address.

import { Action, Bytes, BytesBuilder, HttpContext, LogLevel, RootContext, registerRoot, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { CidrSet } from "../../../filters/common/cidr-set";
import { IpAddress } from "../../../filters/common/ip-address";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

class CidrRoot extends ConfiguredRoot {
  ranges: CidrSet = new CidrSet();
  readonly address: IpAddress = new IpAddress();

  protected override readConfig(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("ranges"))) this.ranges = CidrSet.read(reader);
      else reader.unknownField();
    }
  }

  protected override start(): void {}

  override createHttpContext(id: u32): HttpContext {
    return new CidrStream(id, this);
  }

  verdict(text: Bytes): u8 {
    if (!this.address.parse(text)) return 0x2d;
    return this.ranges.has(this.address) ? 0x31 : 0x30;
  }
}

class CidrStream extends HttpContext {
  constructor(id: u32, private readonly root: CidrRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const texts = this.requestHeaders.get(utf8("x-addresses"));
    const line = BytesBuilder.create();
    for (let start = 0; start <= texts.length; ) {
      const comma = texts.indexOfByte(0x2c, start);
      const end = comma < 0 ? texts.length : comma;
      line.addByte(this.root.verdict(texts.slice(start, end)));
      start = end + 1;
    }
    this.log(LogLevel.Info, line.toBytes());
    return Action.Continue;
  }
}

registerRoot((id: u32): RootContext => new CidrRoot(id));
