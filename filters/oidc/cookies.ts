import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { CookieReader, cookieValue } from "../common/cookie-reader";

const DOT: u8 = 0x2e;
/** Browsers keep cookies of 4096 bytes, name and attributes included. */
const PART_BYTES: i32 = 3800;
/** A session is no longer than so many cookies; proxies take heads of 60 KiB, many servers 16. */
const MAX_PARTS: i32 = 4;
/** Logins that a browser has begun; when it begins more all of them are forgotten. */
const MAX_LOGINS: i32 = 8;
/** Letters of a login's state that name its cookie. */
const LOGIN_LETTERS: i32 = 8;

/**
 * The cookies of the filter, all with one name in front: `<name>.0`, `<name>.1` … a session in parts, the first of which begins with
 * their number; `<name>.login-<letters>` a login that has begun.
 */
export class Cookies {
  constructor(private readonly name: OwnedBytes) {}

  /** The session that a request shows; absent when it shows none, or not all of it. */
  session(headers: HeaderMap): Bytes {
    const first = cookieValue(headers, this.partName(0));
    const count = <i32>first[0] - 0x30;
    if (first.length < 2 || first[1] != DOT || count < 1 || count > MAX_PARTS) return Bytes.absent;
    const value = BytesBuilder.create().add(first.slice(2));
    for (let i = 1; i < count; i++) value.add(cookieValue(headers, this.partName(i)));
    return value.toBytes();
  }

  /** The login with this state. */
  login(headers: HeaderMap, state: Bytes): Bytes {
    return cookieValue(headers, this.loginName(state));
  }

  /** Whether a session is not too large. */
  fits(value: Bytes): bool {
    return partsOf(value) <= MAX_PARTS;
  }

  /** Appends lines of `set-cookie` that set a session, and remove what another one leaves; false when it is too large. */
  setSession(lines: OwnedBytes[], headers: HeaderMap, value: Bytes, maxAge: u64): bool {
    if (!this.fits(value)) return false;
    const count = partsOf(value);
    const whole = BytesBuilder.create().addU64(count).addByte(DOT).add(value).toBytes();
    for (let i = 0; i < count; i++) {
      lines.push(lineOf(this.partName(i), whole.slice(i * PART_BYTES, (i + 1) * PART_BYTES), maxAge));
    }
    for (let i = count; i < MAX_PARTS; i++) this.removeShown(lines, headers, this.partName(i));
    return true;
  }

  /** Appends a line that sets a login, and where there are too many, lines that remove the others. */
  setLogin(lines: OwnedBytes[], headers: HeaderMap, state: Bytes, value: Bytes, maxAge: u64): void {
    const others = this.shown(headers, this.full(utf8("login-")));
    for (let i = 0; others.length >= MAX_LOGINS && i < others.length; i++) lines.push(lineOf(others[i], Bytes.empty, 0));
    lines.push(lineOf(this.loginName(state), value, maxAge));
  }

  removeLogin(lines: OwnedBytes[], state: Bytes): void {
    lines.push(lineOf(this.loginName(state), Bytes.empty, 0));
  }

  /** Appends lines that remove all that the request shows. */
  removeAll(lines: OwnedBytes[], headers: HeaderMap): void {
    const names = this.shown(headers, this.full(Bytes.empty));
    for (let i = 0; i < names.length; i++) lines.push(lineOf(names[i], Bytes.empty, 0));
  }

  /** Takes them out of the request: they are nothing for an upstream. */
  hide(headers: HeaderMap): void {
    const header = utf8("cookie");
    const prefix = this.full(Bytes.empty);
    const kept = BytesBuilder.create();
    let isFound = false;
    for (let i = 0, count = headers.count(header); i < count; i++) {
      for (const reader = new CookieReader(headers.value(header, i)); reader.next(); ) {
        if (reader.name.startsWith(prefix)) isFound = true;
        else (kept.length > 0 ? kept.add(utf8("; ")) : kept).add(reader.pair);
      }
    }
    if (!isFound) return;
    if (kept.length > 0) headers.set(header, kept.toBytes());
    else headers.remove(header);
  }

  private removeShown(lines: OwnedBytes[], headers: HeaderMap, name: Bytes): void {
    if (!cookieValue(headers, name).isAbsent) lines.push(lineOf(name, Bytes.empty, 0));
  }

  /** Names of the cookies in a request that begin so. */
  private shown(headers: HeaderMap, prefix: Bytes): Bytes[] {
    const names: Bytes[] = [];
    const header = utf8("cookie");
    for (let i = 0, count = headers.count(header); i < count; i++) {
      for (const reader = new CookieReader(headers.value(header, i)); reader.next(); ) {
        if (reader.name.startsWith(prefix)) names.push(reader.name);
      }
    }
    return names;
  }

  private partName(part: i32): Bytes {
    return this.full(BytesBuilder.create().addU64(part).toBytes());
  }

  private loginName(state: Bytes): Bytes {
    return BytesBuilder.create().add(this.full(utf8("login-"))).add(state.slice(0, LOGIN_LETTERS)).toBytes();
  }

  private full(rest: Bytes): Bytes {
    return BytesBuilder.create().add(this.name.view).addByte(DOT).add(rest).toBytes();
  }
}

function partsOf(value: Bytes): i32 {
  return (value.length + 2 + PART_BYTES - 1) / PART_BYTES;
}

/** RFC 6265 4.1. Without `Domain` no other host gets it; a `Max-Age` of 0 removes it. */
function lineOf(name: Bytes, value: Bytes, maxAge: u64): OwnedBytes {
  const line = BytesBuilder.create().add(name).addByte(0x3d).add(value).add(utf8("; Path=/; Max-Age=")).addU64(maxAge);
  return line.add(utf8("; HttpOnly; Secure; SameSite=Lax")).toBytes().toOwned();
}
