import { Bytes, BytesBuilder, utf8 } from "@sluice/sdk";

/** Short names of the bits of `response.flags`, lowest first (envoy/stream_info/stream_info.h). */
function flagName(bit: u32): Bytes {
  switch (bit) {
    case 0: return utf8("LH");
    case 1: return utf8("UH");
    case 2: return utf8("UT");
    case 3: return utf8("LR");
    case 4: return utf8("UR");
    case 5: return utf8("UF");
    case 6: return utf8("UC");
    case 7: return utf8("UO");
    case 8: return utf8("NR");
    case 9: return utf8("DI");
    case 10: return utf8("FI");
    case 11: return utf8("RL");
    case 12: return utf8("UAEX");
    case 13: return utf8("RLSE");
    case 14: return utf8("DC");
    case 15: return utf8("URX");
    case 16: return utf8("SI");
    case 17: return utf8("IH");
    case 18: return utf8("DPE");
    case 19: return utf8("UMSDR");
    case 20: return utf8("RFCF");
    case 21: return utf8("NFCF");
    case 22: return utf8("DT");
    case 23: return utf8("UPE");
    case 24: return utf8("NC");
    case 25: return utf8("OM");
    case 26: return utf8("DF");
    case 27: return utf8("DO");
    case 28: return utf8("DR");
    case 29: return utf8("UDO");
    default: return utf8("?");
  }
}

/** The flags as the access log prints them: names joined by commas, `-` for none. */
export function responseFlags(bits: u64): Bytes {
  if (bits == 0) return utf8("-");
  const names = BytesBuilder.create();
  for (let bit: u32 = 0; bit < 64; bit++) {
    if (((bits >> bit) & 1) == 0) continue;
    if (names.length > 0) names.addByte(0x2c);
    names.add(flagName(bit));
  }
  return names.toBytes();
}
