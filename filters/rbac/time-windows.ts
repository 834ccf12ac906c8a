import { Bytes } from "@sluice/sdk";

const NANOS_PER_MINUTE: u64 = 60000000000;
const MINUTES_PER_DAY: u64 = 1440;

/** Spans of the day such as `09:00-17:00`, its end not included; `22:00-06:00` goes over midnight. */
export class TimeWindows {
  private readonly starts: i32[] = [];
  private readonly ends: i32[] = [];

  /** False when the text is no span. */
  add(text: Bytes): bool {
    const start = minuteOf(text.slice(0, 5));
    const end = minuteOf(text.slice(6));
    if (text.length != 11 || text[5] != 0x2d || start < 0 || end < 0 || start == end) return false;
    this.starts.push(start);
    this.ends.push(end);
    return true;
  }

  /** Whether one of them holds the time (nanoseconds since 1970), in UTC. */
  has(nowNanos: u64): bool {
    const minute = <i32>(nowNanos / NANOS_PER_MINUTE % MINUTES_PER_DAY);
    for (let i = 0; i < this.starts.length; i++) {
      const start = this.starts[i];
      const end = this.ends[i];
      if (start < end ? minute >= start && minute < end : minute >= start || minute < end) return true;
    }
    return false;
  }
}

/** Of `HH:MM`; -1 when the text is something else. */
function minuteOf(text: Bytes): i32 {
  const hours = text.slice(0, 2);
  const minutes = text.slice(3);
  if (text.length != 5 || text[2] != 0x3a || !hours.isDecimal() || !minutes.isDecimal()) return -1;
  const value = <i32>(hours.toU32() * 60 + minutes.toU32());
  return hours.toU32() < 24 && minutes.toU32() < 60 ? value : -1;
}
