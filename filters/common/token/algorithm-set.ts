import { Bytes, BytesBuilder, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Algorithm, algorithmNamed } from "../jose/algorithm";

/** Algorithms of signatures that are allowed. */
export class AlgorithmSet {
  /** A bit for each. */
  private bits: u32 = u32.MAX_VALUE;
  private list: OwnedBytes;

  /** All; `names` are those that are told. */
  constructor(names: Bytes = Bytes.absent) {
    this.list = names.toOwned();
  }

  /** Their names with blanks between them. */
  get names(): Bytes {
    return this.list.view;
  }

  has(algorithm: Algorithm): bool {
    return (this.bits >> <u32>algorithm & 1) != 0;
  }

  /** Reads the list that the reader stands at. */
  read(reader: ConfigReader): void {
    const list = BytesBuilder.create();
    this.bits = 0;
    for (reader.enterArray(); reader.nextItem(); ) {
      const name = reader.readText().view;
      const algorithm = algorithmNamed(name);
      if (algorithm == Algorithm.Unknown) reader.invalid(utf8("an algorithm such as RS256, PS256, ES256, EdDSA or HS256"));
      this.bits |= 1 << <u32>algorithm;
      (list.length > 0 ? list.addByte(0x20) : list).add(name);
    }
    this.list = list.toBytes().toOwned();
  }
}
