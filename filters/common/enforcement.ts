import { Bytes, HttpContext, Random, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Percentage } from "./percentage";

/**
 * `filter_enabled` and `filter_enforced`: the share of requests that a filter judges, and the share of these whose verdict it
 * carries out. With 0 % enforced it runs in the shadow: refusals are counted and told, and nobody is refused.
 */
export class Enforcement {
  private enabled: Percentage = Percentage.all();
  private enforced: Percentage = Percentage.all();
  private readonly random: Random = Random.seeded();

  /** Reads the current field when it is one of the two; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("filter_enabled"))) this.enabled = Percentage.read(reader);
    else if (reader.at(utf8("filter_enforced"))) this.enforced = Percentage.read(reader);
    else return false;
    return true;
  }

  /** Whether this request is judged. */
  drawEnabled(): bool {
    return this.enabled.includes(this.random.u32());
  }

  /** Whether the refusal of this request is carried out; otherwise it is told by a property, `denied`. */
  drawEnforced(stream: HttpContext, property: Bytes): bool {
    if (this.enforced.includes(this.random.u32())) return true;
    stream.setProperty(property, utf8("denied"));
    return false;
  }
}
