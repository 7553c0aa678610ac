// Encodes and decodes by docs/netflux.proto with protobufjs: an oracle that shares no code with the
// library.

import protobuf from "protobufjs";

export const { root } = protobuf.parse(
  Deno.readTextFileSync(new URL("../../docs/netflux.proto", import.meta.url)),
  { keepCase: true },
);

/** A message as protobufjs shows it: fields by name, without absent ones. */
export type Plain = Readonly<Record<string, unknown>>;

export function encodePlain(name: string, message: Plain): Uint8Array {
  const type = root.lookupType(name);
  const fault = type.verify(message);
  if (fault !== null) throw new Error(`${name}: ${fault}`);
  return Uint8Array.from(type.encode(type.create(message)).finish());
}

/** With defaults, and bytes as `Uint8Array`. */
export function decodePlain(name: string, bytes: Uint8Array): Plain {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { arrays: true, defaults: true });
}
