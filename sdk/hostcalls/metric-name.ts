import { arenaAllocate } from "../abi/arena";
import { BytesBuilder } from "../bytes/builder";
import { Bytes } from "../bytes/bytes";
import { utf8 } from "../bytes/utf8";

const SEPARATOR_LENGTH: i32 = 3;
const UNDERSCORE: u8 = 0x5f;

/**
 * The name of a metric with tags in front of it, as `tag=.=value;.;`: the form of Istio's
 * metrics, which the proxy's `stats_tags` turn into labels. Each set of values is a metric
 * of its own: define it once and keep it, and let no peer choose values without limit.
 */
// @ts-ignore: decorator
@unmanaged
export class MetricName {
  private out: BytesBuilder;

  /** A name without tags yet. */
  static create(): MetricName {
    const name = changetype<MetricName>(arenaAllocate(offsetof<MetricName>()));
    name.out = BytesBuilder.create();
    return name;
  }

  /** Adds a tag; what would end the value early becomes `_`. */
  tag(name: Bytes, value: Bytes): MetricName {
    this.out.add(name).add(utf8("=.="));
    let start = 0;
    for (let at = endIn(value, 0); at >= 0; at = endIn(value, start)) {
      this.out.add(value.slice(start, at)).addByte(UNDERSCORE);
      start = at + SEPARATOR_LENGTH;
    }
    this.out.add(value.slice(start)).add(utf8(";.;"));
    return this;
  }

  /** The tags alone, for instance as the key of a table of metrics. */
  get tags(): Bytes {
    return this.out.toBytes();
  }

  /** The whole name of one of the metrics with these tags. */
  of(name: Bytes): Bytes {
    return BytesBuilder.create().add(this.tags).add(name).toBytes();
  }
}

function endIn(value: Bytes, from: i32): i32 {
  return value.indexOf(utf8(";.;"), from);
}
