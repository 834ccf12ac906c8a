/** How a field is encoded (protobuf encoding guide, "Message structure"). Groups are refused. */
export enum WireType {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}
