import { Bytes, HeaderList, utf8 } from "@sluice/sdk";

/** Whether a header may be sent by a filter: none that frames the message, no byte that the wire does not allow. */
export function mayBeSent(name: Bytes, value: Bytes): bool {
  return isOrdinary(name) && HeaderList.create().add(name, value).isValid;
}

/** Whether the name is neither that of a pseudo header nor Host. */
function isOrdinary(name: Bytes): bool {
  return name.length > 0 && name[0] != 0x3a && !name.equalsIgnoreCase(utf8("host"));
}
